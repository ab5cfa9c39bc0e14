import type { Page } from '../audit/history.ts';
import type { Rotation } from '../rotation/rotation.ts';
import { encodeCursor } from './cursor.ts';
import type { HttpAnswer } from './http-event.ts';
import { toRecord } from './rotation-record.ts';

/** A page as an answer. `positionOf` says where the next one begins, seen from the last rotation of this one. */
export function pageAnswer({ rotations, hasMore }: Page, positionOf: (last: Rotation) => string): HttpAnswer {
  const last = rotations.at(-1);
  return jsonAnswer({
    rotations: rotations.map(toRecord),
    ...(hasMore && last && { nextCursor: encodeCursor(positionOf(last)) }),
  });
}

export function jsonAnswer(body: unknown): HttpAnswer {
  return { statusCode: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}
