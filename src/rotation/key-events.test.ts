import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AuditTable, startAuditTable } from '../../test/support/audit-table.ts';
import { metricsWith, silentLog } from '../../test/support/deps.ts';
import { aFailed, aStarted, aSucceeded, credential, NOON, rules } from '../../test/support/rotations.ts';
import { anchorOf } from './anchor.ts';
import { createCommit } from './commit.ts';
import { createRecordKeyEvent, hasHappened, type IssuedKey } from './key-events.ts';
import type { AuditLog } from './ports.ts';
import type { ClosedRotation, SucceededRotation } from './rotation.ts';
import { append, isAsSealed, seal } from './seal.ts';

const AT = '2026-11-23T12:00:00.000Z';
const waiting = { event: 'ApiKeyIssued', dueAt: '2026-11-23T13:20:00.000Z' } as const;
const secret = { arn: 'arn:one', versionId: 'version', stage: 'AWSPENDING' } as const;

let table: AuditTable;
beforeAll(async () => {
  table = await startAuditTable();
});
afterAll(() => table.close());

/** Each published event, with the timeline that the audit had at that moment. */
let published: [string, string[]][];
let counted: string[];
let logged: unknown[];
let isBusDown: boolean;
beforeEach(() => {
  published = [];
  counted = [];
  logged = [];
  isBusDown = false;
});

const read = async ({ credential: of, number }: Pick<IssuedKey, 'credential' | 'number'>) => {
  const rotation = await table.audit.get(of, number);
  if (!rotation || rotation.status === 'started') throw new Error('the rotation has not ended');
  return rotation;
};
const eventsOf = ({ timeline }: ClosedRotation) => timeline.map(({ event }) => event);

/** Records key events in the audit table, with a clock that stands still and a bus that may be down. */
function recordWith(audit: AuditLog = table.audit) {
  const now = () => NOON;
  const { commit, announce } = createCommit({
    audit,
    async publish(event, rotation) {
      if (isBusDown) throw new Error('down');
      published.push([event, eventsOf(await read(rotation))]);
    },
    rules,
    now,
    log: { ...silentLog, info: (message, fields) => logged.push([message, fields]) },
    metrics: metricsWith({ countIssuedKey: (event) => counted.push(event) }),
  });
  return createRecordKeyEvent({ audit, commit, announce, now });
}
const recordKeyEvent: ReturnType<typeof createRecordKeyEvent> = (...keyEvent) => recordWith()(...keyEvent);

/** Writes an issued key to the audit, and returns a reference to it. */
async function issue(
  rotation: SucceededRotation = aSucceeded({ secret, outbox: waiting }),
): Promise<IssuedKey> {
  const own = { id: randomUUID(), credential: { ...credential, apiCredentialId: `S2-${randomUUID()}` } };
  const { chain: _chain, outbox, ...unsealed } = { ...rotation, ...own };
  await table.audit.insert(aStarted(own));
  await table.audit.close({ ...seal(unsealed), ...(outbox && { outbox }) });
  return { credential: own.credential, rotationId: own.id, number: rotation.number };
}

describe('a key event', () => {
  it('is recorded in the audit, sealed, with its time and its detail', async () => {
    const issued = await issue();
    const before = await read(issued);
    await recordKeyEvent(issued, 'verified', 'GET /me answered 403');
    const after = await read(issued);
    expect(after).toEqual(append(before, { at: AT, event: 'verified', detail: 'GET /me answered 403' }));
    expect(isAsSealed(after)).toBe(true);
  });

  it('is logged with the newest seal, and is counted', async () => {
    const issued = await issue();
    await recordKeyEvent(issued, 'displaced');
    const after = await read(issued);
    expect(logged).toEqual([['displaced', { rotationId: issued.rotationId, anchor: anchorOf(after) }]]);
    expect(counted).toEqual(['displaced']);
  });

  it.each([
    ['promoted', 'ApiKeyRotated'],
    ['stalled', 'ApiKeyRotationStalled'],
    ['displaced', 'ApiKeyDisplaced'],
  ] as const)('(%s) is published as %s, after the audit has recorded it', async (event, name) => {
    const issued = await issue();
    await recordKeyEvent(issued, event);
    expect(published).toEqual([[name, ['started', event]]]);
    expect((await read(issued)).outbox?.event).not.toBe(name);
  });

  it.each(['verified', 'superseded'] as const)('(%s) is recorded and not published', async (event) => {
    const issued = await issue();
    await recordKeyEvent(issued, event);
    expect(published).toEqual([]);
    expect(eventsOf(await read(issued))).toEqual(['started', event]);
  });

  it('(verified) leaves ApiKeyIssued in the outbox, so that an unpromoted key is resumed', async () => {
    const issued = await issue();
    await recordKeyEvent(issued, 'verified');
    expect(await read(issued)).toMatchObject({ outbox: waiting });
  });

  it('(superseded) leaves nothing to do for the key', async () => {
    const issued = await issue();
    await recordKeyEvent(issued, 'superseded');
    expect(await read(issued)).not.toHaveProperty('outbox');
  });

  it('(verified) puts nothing into an empty outbox', async () => {
    const issued = await issue(aSucceeded({ secret }));
    await recordKeyEvent(issued, 'verified');
    expect(await read(issued)).not.toHaveProperty('outbox');
  });
});

describe('a key event that cannot be published', () => {
  it('is in the audit, and its bus event is in the outbox', async () => {
    const issued = await issue();
    isBusDown = true;
    await recordKeyEvent(issued, 'promoted');
    const after = await read(issued);
    expect(eventsOf(after)).toEqual(['started', 'promoted']);
    expect(after).toMatchObject({ outbox: { event: 'ApiKeyRotated', dueAt: AT } });
  });

  it('is published when it is recorded again', async () => {
    const issued = await issue();
    isBusDown = true;
    await recordKeyEvent(issued, 'promoted');
    isBusDown = false;
    await recordKeyEvent(issued, 'promoted');
    expect(published).toEqual([['ApiKeyRotated', ['started', 'promoted']]]);
    expect(counted).toEqual(['promoted']);
    expect(await read(issued)).toMatchObject({ outbox: { event: 'ApiKeySwitchOverdue' } });
  });
});

describe('the same key event', () => {
  it.each(['verified', 'promoted', 'superseded', 'stalled', 'displaced'] as const)(
    'is recorded once if it happens twice: %s',
    async (event) => {
      const issued = await issue();
      await recordKeyEvent(issued, event, 'the first');
      const first = await read(issued);
      await recordKeyEvent(issued, event, 'the second');
      expect((await read(issued)).timeline).toEqual(first.timeline);
      expect(eventsOf(await read(issued))).toEqual(['started', event]);
      expect([counted, published.length <= 1]).toEqual([[event], true]);
    },
  );

  it('is recorded once if many executions record it at once', async () => {
    const issued = await issue();
    await Promise.all(
      Array.from({ length: 10 }, (_, turn) => recordKeyEvent(issued, 'promoted', `by ${turn}`)),
    );
    expect(eventsOf(await read(issued))).toEqual(['started', 'promoted']);
    expect(counted).toEqual(['promoted']);
  });
});

describe('if another execution records something in between', () => {
  /** The table, in which another execution is faster at each of the first few writes. */
  function behind(issued: IssuedKey, times: number): AuditLog {
    let left = times;
    return {
      ...table.audit,
      async amend(rotation, before) {
        if (left > 0) {
          left -= 1;
          const now = await read(issued);
          await table.audit.amend(append(now, { at: AT, event: `other-${left}` }), now);
        }
        return table.audit.amend(rotation, before);
      },
    };
  }

  it('both entries are recorded, and the seals are valid', async () => {
    const issued = await issue();
    await recordWith(behind(issued, 1))(issued, 'verified');
    const after = await read(issued);
    expect(eventsOf(after)).toEqual(['started', 'other-0', 'verified']);
    expect(isAsSealed(after)).toBe(true);
    expect(counted).toEqual(['verified']);
  });

  it('a write whose response was lost counts as recorded, and is logged', async () => {
    const issued = await issue();
    const twice: AuditLog = {
      ...table.audit,
      async amend(rotation, before) {
        await table.audit.amend(rotation, before);
        // The SDK sends the write again.
        return table.audit.amend(rotation, before);
      },
    };
    await recordWith(twice)(issued, 'stalled');
    expect(eventsOf(await read(issued))).toEqual(['started', 'stalled']);
    expect([counted, logged.length, published.length]).toEqual([['stalled'], 1, 1]);
  });

  it('an event that is not on the bus yet stays in the outbox when the key is superseded', async () => {
    const issued = await issue();
    isBusDown = true;
    await recordKeyEvent(issued, 'promoted');
    await recordKeyEvent(issued, 'superseded');
    expect((await read(issued)).outbox).toMatchObject({ event: 'ApiKeyRotated' });
  });

  it('the write is tried five times, and then it fails and nothing is published', async () => {
    const issued = await issue();
    await recordWith(behind(issued, 4))(issued, 'promoted');
    expect(published).toHaveLength(1);
    const another = await issue();
    await expect(recordWith(behind(another, 5))(another, 'promoted')).rejects.toThrow(
      `gave up recording promoted for rotation ${another.rotationId} after 5 conflicting writes`,
    );
    expect([published.length, counted]).toEqual([1, ['promoted']]);
  });

  it('each of several concurrent key events is recorded once', async () => {
    const issued = await issue();
    await Promise.all(
      (['verified', 'promoted', 'displaced'] as const).map((event) => recordKeyEvent(issued, event)),
    );
    const after = await read(issued);
    expect(eventsOf(after).sort()).toEqual(['displaced', 'promoted', 'started', 'verified']);
    expect(isAsSealed(after)).toBe(true);
  });
});

describe('no key event is recorded', () => {
  const { key: _key, ...noKey } = aSucceeded({ secret });

  it('for a rotation that the audit does not have', async () => {
    const issued = {
      credential: { ...credential, apiCredentialId: 'S2-NONE' },
      rotationId: 'none',
      number: 1,
    };
    await expect(recordKeyEvent(issued, 'promoted')).rejects.toThrow(
      'the audit has no key that rotation none issued',
    );
  });

  it('for another rotation with the same number', async () => {
    const issued = await issue();
    await expect(recordKeyEvent({ ...issued, rotationId: 'another' }, 'promoted')).rejects.toThrow('another');
    expect(eventsOf(await read(issued))).toEqual(['started']);
  });

  it('for a rotation that gave no key', async () => {
    const issued = await issue(noKey);
    await expect(recordKeyEvent(issued, 'promoted')).rejects.toThrow(issued.rotationId);
    expect(eventsOf(await read(issued))).toEqual(['started']);
  });

  it('for a rotation that has failed, or has not ended', async () => {
    const own = { id: randomUUID(), credential: { ...credential, apiCredentialId: `S2-${randomUUID()}` } };
    const issued = { credential: own.credential, rotationId: own.id, number: 1 };
    await table.audit.insert(aStarted(own));
    await expect(recordKeyEvent(issued, 'promoted')).rejects.toThrow(own.id);
    await table.audit.close(aFailed(own));
    await expect(recordKeyEvent(issued, 'promoted')).rejects.toThrow(own.id);
    expect([published, counted]).toEqual([[], []]);
  });
});

it('an entry before the end of a rotation is not a key event', () => {
  const timeline = [{ at: AT, event: 'promoted' }];
  expect(hasHappened(aSucceeded({ timeline }), 'promoted')).toBe(false);
  expect(hasHappened(append(aSucceeded(), { at: AT, event: 'promoted' }), 'promoted')).toBe(true);
});
