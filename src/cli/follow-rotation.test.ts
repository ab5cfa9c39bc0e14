import { expect, it } from 'vitest';
import { aFailed, anUnknown, credential } from '../../test/support/rotations.ts';
import type { Rotation } from '../rotation/rotation.ts';
import { followRotation } from './follow-rotation.ts';

const TRIED_AGAIN = 'The workflow tries again, for up to three days. This command no longer follows it.';

async function follow(rotation: Rotation) {
  const lines: string[] = [];
  const isCurrent = await followRotation({
    audit: { findByIdempotencyHash: async () => rotation, newest: async () => rotation },
    credential,
    source: 'ops.keys',
    eventId: 'event',
    print: (line) => lines.push(line),
  });
  return { isCurrent, last: lines.at(-1) };
}

it.each([
  ['an outcome is unknown', anUnknown()],
  ['Adyen throttles', aFailed({ code: 'upstream-throttled' })],
])('a command that no longer waits says that the workflow goes on, when %s', async (_what, rotation) => {
  expect(await follow(rotation)).toEqual({ isCurrent: false, last: TRIED_AGAIN });
});

it('a command whose rotation Adyen has rejected for good says nothing of another try', async () => {
  const { isCurrent, last } = await follow(aFailed({ code: 'upstream-forbidden' }));
  expect([isCurrent, last]).not.toContain(TRIED_AGAIN);
  expect(isCurrent).toBe(false);
});
