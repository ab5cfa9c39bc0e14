import { beforeEach, describe, expect, it } from 'vitest';
import { aFailed, NOON, rules } from '../../test/support/rotations.ts';
import { anchorOf } from './anchor.ts';
import { createClose } from './close.ts';
import type { ClosedRotation } from './rotation.ts';

const outbox = { event: 'ApiKeyRotationFailed', dueAt: '2026-11-23T12:00:00.000Z' };

let done: unknown[];
beforeEach(() => {
  done = [];
});

/** Ends a rotation with an audit that answers so, and notes what is done in which order. */
function close(
  rotation: ClosedRotation,
  audit: () => Promise<'closed' | 'lost'>,
  { managedSecretId }: { managedSecretId: string | undefined } = { managedSecretId: 'keys/one' },
) {
  return createClose({
    audit: {
      close(closed) {
        done.push(['audit', closed]);
        return audit();
      },
    },
    managedSecretIds: { idOf: () => managedSecretId },
    announce: async (closed) => {
      done.push(['announce', closed]);
      return true;
    },
    rules,
    now: () => NOON,
    log: { info: (message, fields) => done.push([message, fields]) },
  })(rotation);
}

describe('a rotation that ends', () => {
  it('is in the audit, with the event that is due, before it is told of', async () => {
    const rotation = aFailed();
    expect(await close(rotation, async () => 'closed')).toBe('closed');
    expect(done).toEqual([
      ['audit', { ...rotation, outbox }],
      ['closed', { rotationId: rotation.id, anchor: anchorOf(rotation) }],
      ['announce', { ...rotation, outbox }],
    ]);
  });

  it('is not told of where somebody else has ended it', async () => {
    expect(await close(aFailed(), async () => 'lost')).toBe('lost');
    expect(done).toHaveLength(1);
  });

  it('is not told of where the audit does not take it', async () => {
    await expect(close(aFailed(), () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(done).toHaveLength(1);
  });

  it('has nothing to tell where its API credential has no managed secret', async () => {
    const rotation = aFailed();
    await close(rotation, async () => 'closed', { managedSecretId: undefined });
    expect(done.at(0)).toEqual(['audit', rotation]);
  });
});
