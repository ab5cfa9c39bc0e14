import { beforeEach, describe, expect, it } from 'vitest';
import { aFailed, aSucceeded, NOON, rules } from '../../test/support/rotations.ts';
import type { AuditLog } from '../dynamodb/audit-log.ts';
import { createAnnounce, type Publish } from './announce.ts';
import type { ClosedRotation, EventName } from './rotation.ts';

const dueAt = (ms: number) => new Date(ms).toISOString();
const waiting = (event: EventName, due = NOON) => aSucceeded({ outbox: { event, dueAt: dueAt(due) } });

let done: [string, unknown][];
let logged: unknown[];
let failures: number;
beforeEach(() => {
  done = [];
  logged = [];
  failures = 0;
});

/** Announces with a bus and an audit that do as they are told, and note it. */
function announce(
  rotation: ClosedRotation,
  outside: { publish?: Publish; amend?: AuditLog['amend'] } = {},
): Promise<boolean> {
  const { publish = async () => {}, amend = async () => 'amended' } = outside;
  return createAnnounce({
    async publish(event, told) {
      done.push([event, told]);
      await publish(event, told);
    },
    audit: {
      async amend(amended, before) {
        done.push(['amend', amended]);
        expect(before).toBe(rotation);
        return amend(amended, before);
      },
    },
    rules,
    now: () => NOON,
    log: { error: (message, fields) => logged.push([message, fields]) },
    onFailed: () => {
      failures += 1;
    },
  })(rotation);
}
const failed = () => Promise.reject(new Error('down'));

describe('an event that is due', () => {
  it.each<[EventName]>([
    ['ApiKeyRotated'],
    ['ApiKeyRotationFailed'],
    ['ApiKeyRotationUnknown'],
    ['ApiKeyRotationStalled'],
    ['ApiKeyDisplaced'],
  ])('%s is put on the bus and then is in the outbox no more', async (event) => {
    const rotation = waiting(event);
    await announce(rotation);
    const { outbox: _outbox, ...emptied } = rotation;
    expect(done).toEqual([
      [event, rotation],
      ['amend', emptied],
    ]);
    expect(failures).toBe(0);
  });

  it('ApiKeyIssued stays in the outbox, to be raised again if nobody promotes the key', async () => {
    const rotation = waiting('ApiKeyIssued');
    await announce(rotation);
    const outbox = { event: 'ApiKeyIssued', dueAt: '2026-11-23T13:20:00.000Z' };
    expect(done).toEqual([
      ['ApiKeyIssued', rotation],
      ['amend', { ...rotation, outbox }],
    ]);
  });

  it('was due before, and goes all the same', async () => {
    await announce(waiting('ApiKeyRotated', NOON - 3_600_000));
    expect(done.map(([what]) => what)).toEqual(['ApiKeyRotated', 'amend']);
  });

  it('stays in the outbox where the bus does not take it', async () => {
    const rotation = waiting('ApiKeyRotated');
    await announce(rotation, { publish: failed });
    expect(done).toEqual([['ApiKeyRotated', rotation]]);
    expect(failures).toBe(1);
    expect(logged).toEqual([
      [
        'An event is not on the bus and stays in the outbox',
        { rotationId: rotation.id, event: 'ApiKeyRotated', error: new Error('down') },
      ],
    ]);
  });

  it('stays in the outbox where the audit can not be written, and may come twice', async () => {
    await announce(waiting('ApiKeyRotated'), { amend: failed });
    expect(done.map(([what]) => what)).toEqual(['ApiKeyRotated', 'amend']);
    expect(failures).toBe(1);
  });

  it('leaves the outbox to whoever has meanwhile gone on with the rotation', async () => {
    await announce(waiting('ApiKeyRotated'), { amend: async () => 'lost' });
    expect([done.length, failures]).toEqual([2, 0]);
  });
});

describe('nothing is put on the bus', () => {
  it('of a rotation whose outbox is empty', async () => {
    await announce(aFailed());
    expect(done).toEqual([]);
  });

  it('before it is due', async () => {
    await announce(waiting('ApiKeyIssued', NOON + 1));
    expect([done, failures]).toEqual([[], 0]);
  });
});
