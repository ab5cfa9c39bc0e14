import * as v from 'valibot';
import type { History } from '../audit/history.ts';
import { positionOf } from '../audit/item.ts';
import type { Grants } from '../grants.ts';
import { isCovered } from '../rotation/credential-pattern.ts';
import { patternsFor } from './authorize.ts';
import type { AuthenticatedEvent, HttpAnswer } from './http-event.ts';
import { parseCredentialListQuery, parseListQuery } from './list-query.ts';
import { credentialIn } from './parse-credential.ts';
import { ProblemError } from './problem.ts';
import { jsonAnswer, pageAnswer } from './read-answer.ts';
import { RotationIdSchema } from './rotation-id.ts';
import { toRecord } from './rotation-record.ts';

/** The read operations, by API Gateway's route. What no grant covers is, to a reader, what does not exist. */
export function readEndpoints(history: History, grants: Grants) {
  return async (event: AuthenticatedEvent): Promise<HttpAnswer> => {
    const patterns = patternsFor(grants, event.caller);
    switch (event.routeKey) {
      case 'GET /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/rotations': {
        const credential = credentialIn(event);
        const { limit, before } = parseCredentialListQuery(event);
        const page = isCovered(credential, patterns)
          ? await history.ofCredential(credential, limit, before)
          : { rotations: [], hasMore: false };
        return pageAnswer(page, ({ number }) => String(number));
      }
      case 'GET /v1/rotations':
        return pageAnswer(await history.list({ patterns, ...parseListQuery(event) }), positionOf);
      case 'GET /v1/rotations/{rotationId}': {
        const id = v.safeParse(RotationIdSchema, event.pathParameters?.rotationId);
        const rotation = id.success ? await history.byId(id.output, patterns) : undefined;
        if (rotation) return jsonAnswer(toRecord(rotation));
        throw new ProblemError('not-found', { detail: 'There is no such rotation.' });
      }
      default:
        throw new ProblemError('not-found', { detail: 'There is no such route.' });
    }
  };
}
