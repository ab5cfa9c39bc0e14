import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as v from 'valibot';
import type { Grants } from '../../config/grants.ts';
import { type History, type Page, positionOf } from '../../rotation/history.ts';
import type { Rotation } from '../../rotation/rotation.ts';
import { RotationIdSchema } from '../../rotation/rotation-id.ts';
import { findGrant, grantsOf } from '../auth/grant.ts';
import type { Permitted } from '../auth/scope.ts';
import { type HttpResponse, jsonResponse } from '../http-response.ts';
import { parseCredential } from '../parse-credential.ts';
import { ProblemError } from '../problems/problem.ts';
import { encodeCursor } from './cursor.ts';
import { parseCredentialListQuery, parseListQuery } from './list-query.ts';
import { toDetail } from './rotation-detail.ts';

/** The read operations: each needs a caller with the scope to read. */
export type HistoryEndpoints = (
  event: APIGatewayProxyEventV2,
  reader: Permitted<'rotations:read'>,
) => Promise<HttpResponse>;

/**
 * Makes the read operations, chosen by API Gateway's route. A reader without a grant gets the same response as for
 * something that does not exist.
 */
export function createHistoryEndpoints({
  history,
  grants,
}: {
  history: History;
  /** As they are now. */
  grants: () => Grants;
}): HistoryEndpoints {
  return async (event, reader) => {
    switch (event.routeKey) {
      case 'GET /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/rotations': {
        const target = parseCredential(event, reader);
        const { limit, before } = parseCredentialListQuery(event);
        const granted = findGrant(grants(), target);
        const page = granted
          ? await history.ofCredential(granted.credential, limit, before)
          : { rotations: [], hasMore: false };
        return pageResponse(page, ({ number }) => String(number));
      }
      case 'GET /v1/rotations': {
        const listing = { patterns: grantsOf(grants(), reader), ...parseListQuery(event) };
        const page = await history.list(listing);
        if (page === 'too-large') throw new ProblemError('listing-too-large');
        return pageResponse(page, positionOf);
      }
      case 'GET /v1/rotations/{rotationId}': {
        const id = v.safeParse(RotationIdSchema, event.pathParameters?.rotationId);
        const rotation = id.success ? await history.byId(id.output, grantsOf(grants(), reader)) : undefined;
        if (rotation) return jsonResponse(toDetail(rotation));
        throw new ProblemError('not-found', { detail: 'There is no such rotation.' });
      }
      default:
        throw new ProblemError('not-found', { detail: 'There is no such route.' });
    }
  };
}

/** @param positionOfLast where the next page begins, as text, from the last rotation of this page */
function pageResponse(
  { rotations, hasMore }: Page,
  positionOfLast: (last: Rotation) => string,
): HttpResponse {
  const last = rotations.at(-1);
  return jsonResponse({
    rotations: rotations.map(toDetail),
    ...(hasMore && last && { nextCursor: encodeCursor(positionOfLast(last)) }),
  });
}
