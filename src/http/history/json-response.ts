import type { Page } from '../../rotation/history.ts';
import type { Rotation } from '../../rotation/rotation.ts';
import type { HttpResponse } from '../http-event.ts';
import { encodeCursor } from './cursor.ts';
import { toDetail } from './rotation-detail.ts';

/** A page as an answer. `positionOf` says where the next one begins, seen from the last rotation of this one. */
export function pageResponse(
  { rotations, hasMore }: Page,
  positionOf: (last: Rotation) => string,
): HttpResponse {
  const last = rotations.at(-1);
  return jsonResponse({
    rotations: rotations.map(toDetail),
    ...(hasMore && last && { nextCursor: encodeCursor(positionOf(last)) }),
  });
}

export function jsonResponse(body: unknown): HttpResponse {
  return { statusCode: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}
