import * as v from 'valibot';
import type { Grants } from '../../config/grants.ts';
import { isCovered } from '../../rotation/credential-pattern.ts';
import { type History, positionOf } from '../../rotation/history.ts';
import { RotationIdSchema } from '../../rotation/rotation-id.ts';
import { patternsFor } from '../auth/authorize.ts';
import type { AuthenticatedEvent, HttpResponse } from '../http-event.ts';
import { credentialIn } from '../parse-credential.ts';
import { ProblemError } from '../problems/problem.ts';
import { jsonResponse, pageResponse } from './json-response.ts';
import { parseCredentialListQuery, parseListQuery } from './list-query.ts';
import { toDetail } from './rotation-detail.ts';

/** The read operations, by API Gateway's route. What no grant covers is, to a reader, what does not exist. */
export function readEndpoints(history: History, grants: Grants) {
  return async (event: AuthenticatedEvent): Promise<HttpResponse> => {
    const patterns = patternsFor(grants, event.caller);
    switch (event.routeKey) {
      case 'GET /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/rotations': {
        const credential = credentialIn(event);
        const { limit, before } = parseCredentialListQuery(event);
        const page = isCovered(credential, patterns)
          ? await history.ofCredential(credential, limit, before)
          : { rotations: [], hasMore: false };
        return pageResponse(page, ({ number }) => String(number));
      }
      case 'GET /v1/rotations':
        return pageResponse(await history.list({ patterns, ...parseListQuery(event) }), positionOf);
      case 'GET /v1/rotations/{rotationId}': {
        const id = v.safeParse(RotationIdSchema, event.pathParameters?.rotationId);
        const rotation = id.success ? await history.byId(id.output, patterns) : undefined;
        if (rotation) return jsonResponse(toDetail(rotation));
        throw new ProblemError('not-found', { detail: 'There is no such rotation.' });
      }
      default:
        throw new ProblemError('not-found', { detail: 'There is no such route.' });
    }
  };
}
