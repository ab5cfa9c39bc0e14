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

/** What came onto the bus, and what the audit had of it at that moment. */
let told: [string, string[]][];
let recorded: string[];
let logged: unknown[];
let isBusDown: boolean;
beforeEach(() => {
  told = [];
  recorded = [];
  logged = [];
  isBusDown = false;
});

const read = async ({ credential: of, number }: Pick<IssuedKey, 'credential' | 'number'>) => {
  const rotation = await table.audit.get(of, number);
  if (!rotation || rotation.status === 'started') throw new Error('the rotation has not ended');
  return rotation;
};
const eventsOf = ({ timeline }: ClosedRotation) => timeline.map(({ event }) => event);

/** Notes with the audit table, on a clock that stands still and a bus that may be down. */
function recordWith(audit: AuditLog = table.audit) {
  const now = () => NOON;
  const { commit, announce } = createCommit({
    audit,
    async publish(event, rotation) {
      if (isBusDown) throw new Error('down');
      told.push([event, eventsOf(await read(rotation))]);
    },
    rules,
    now,
    log: { ...silentLog, info: (message, fields) => logged.push([message, fields]) },
    metrics: metricsWith({ countIssuedKey: (event) => recorded.push(event) }),
  });
  return createRecordKeyEvent({ audit, commit, announce, now });
}
const recordKeyEvent: ReturnType<typeof createRecordKeyEvent> = (...note) => recordWith()(...note);

/** An issued key in the audit, and a name for it. */
async function issue(
  rotation: SucceededRotation = aSucceeded({ secret, outbox: waiting }),
): Promise<IssuedKey> {
  const own = { id: randomUUID(), credential: { ...credential, apiCredentialId: `S2-${randomUUID()}` } };
  const { chain: _chain, outbox, ...unsealed } = { ...rotation, ...own };
  await table.audit.insert(aStarted(own));
  await table.audit.close({ ...seal(unsealed), ...(outbox && { outbox }) });
  return { credential: own.credential, rotationId: own.id, number: rotation.number };
}

describe('what becomes of an issued key', () => {
  it('is noted in the audit, sealed, with its time and its detail', async () => {
    const issued = await issue();
    const before = await read(issued);
    await recordKeyEvent(issued, 'verified', 'GET /me answered 403');
    const after = await read(issued);
    expect(after).toEqual(append(before, { at: AT, event: 'verified', detail: 'GET /me answered 403' }));
    expect(isAsSealed(after)).toBe(true);
  });

  it('is in the log with the newest seal, and is counted', async () => {
    const issued = await issue();
    await recordKeyEvent(issued, 'displaced');
    const after = await read(issued);
    expect(logged).toEqual([['displaced', { rotationId: issued.rotationId, anchor: anchorOf(after) }]]);
    expect(recorded).toEqual(['displaced']);
  });

  it.each([
    ['promoted', 'ApiKeyRotated'],
    ['stalled', 'ApiKeyRotationStalled'],
    ['displaced', 'ApiKeyDisplaced'],
  ] as const)('%s is told of as %s, after the audit has it', async (event, name) => {
    const issued = await issue();
    await recordKeyEvent(issued, event);
    expect(told).toEqual([[name, ['started', event]]]);
    expect(await read(issued)).not.toHaveProperty('outbox');
  });

  it.each(['verified', 'superseded'] as const)('%s is noted and not told of', async (event) => {
    const issued = await issue();
    await recordKeyEvent(issued, event);
    expect(told).toEqual([]);
    expect(eventsOf(await read(issued))).toEqual(['started', event]);
  });

  it('leaves a verified key to be taken up again if nobody promotes it', async () => {
    const issued = await issue();
    await recordKeyEvent(issued, 'verified');
    expect(await read(issued)).toMatchObject({ outbox: waiting });
  });

  it('leaves nothing to be done of a key that another has superseded', async () => {
    const issued = await issue();
    await recordKeyEvent(issued, 'superseded');
    expect(await read(issued)).not.toHaveProperty('outbox');
  });

  it('puts nothing into an outbox that was empty, for a verified key', async () => {
    const issued = await issue(aSucceeded({ secret }));
    await recordKeyEvent(issued, 'verified');
    expect(await read(issued)).not.toHaveProperty('outbox');
  });
});

describe('a note whose event does not get onto the bus', () => {
  it('is in the audit, and its event in the outbox', async () => {
    const issued = await issue();
    isBusDown = true;
    await recordKeyEvent(issued, 'promoted');
    const after = await read(issued);
    expect(eventsOf(after)).toEqual(['started', 'promoted']);
    expect(after).toMatchObject({ outbox: { event: 'ApiKeyRotated', dueAt: AT } });
  });

  it('is told of when it is noted again', async () => {
    const issued = await issue();
    isBusDown = true;
    await recordKeyEvent(issued, 'promoted');
    isBusDown = false;
    await recordKeyEvent(issued, 'promoted');
    expect(told).toEqual([['ApiKeyRotated', ['started', 'promoted']]]);
    expect(recorded).toEqual(['promoted']);
    expect(await read(issued)).not.toHaveProperty('outbox');
  });
});

describe('the same note', () => {
  it.each(['verified', 'promoted', 'superseded', 'stalled', 'displaced'] as const)(
    'twice is one: %s',
    async (event) => {
      const issued = await issue();
      await recordKeyEvent(issued, event, 'the first');
      const first = await read(issued);
      await recordKeyEvent(issued, event, 'the second');
      expect((await read(issued)).timeline).toEqual(first.timeline);
      expect(eventsOf(await read(issued))).toEqual(['started', event]);
      expect([recorded, told.length <= 1]).toEqual([[event], true]);
    },
  );

  it('by many at once is one', async () => {
    const issued = await issue();
    await Promise.all(
      Array.from({ length: 10 }, (_, turn) => recordKeyEvent(issued, 'promoted', `by ${turn}`)),
    );
    expect(eventsOf(await read(issued))).toEqual(['started', 'promoted']);
    expect(recorded).toEqual(['promoted']);
  });
});

describe('where somebody else notes something in between', () => {
  /** The table, where before each of the first few notes somebody else is faster. */
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

  it('both are recorded, and the seals are whole', async () => {
    const issued = await issue();
    await recordWith(behind(issued, 1))(issued, 'verified');
    const after = await read(issued);
    expect(eventsOf(after)).toEqual(['started', 'other-0', 'verified']);
    expect(isAsSealed(after)).toBe(true);
    expect(recorded).toEqual(['verified']);
  });

  it('a note of its own whose answer was lost counts, and is logged', async () => {
    const issued = await issue();
    const twice: AuditLog = {
      ...table.audit,
      async amend(rotation, before) {
        await table.audit.amend(rotation, before);
        // The SDK sends it again.
        return table.audit.amend(rotation, before);
      },
    };
    await recordWith(twice)(issued, 'stalled');
    expect(eventsOf(await read(issued))).toEqual(['started', 'stalled']);
    expect([recorded, logged.length, told.length]).toEqual([['stalled'], 1, 1]);
  });

  it('news that is not on the bus yet is not forgotten because the key is superseded', async () => {
    const issued = await issue();
    isBusDown = true;
    await recordKeyEvent(issued, 'promoted');
    await recordKeyEvent(issued, 'superseded');
    expect((await read(issued)).outbox).toMatchObject({ event: 'ApiKeyRotated' });
  });

  it('the note is tried five times, and then it is an error and nothing is told', async () => {
    const issued = await issue();
    await recordWith(behind(issued, 4))(issued, 'promoted');
    expect(told).toHaveLength(1);
    const another = await issue();
    await expect(recordWith(behind(another, 5))(another, 'promoted')).rejects.toThrow(
      `gave up recording promoted for rotation ${another.rotationId} after 5 conflicting writes`,
    );
    expect([told.length, recorded]).toEqual([1, ['promoted']]);
  });

  it('each of several notes at once is there once', async () => {
    const issued = await issue();
    await Promise.all(
      (['verified', 'promoted', 'displaced'] as const).map((event) => recordKeyEvent(issued, event)),
    );
    const after = await read(issued);
    expect(eventsOf(after).sort()).toEqual(['displaced', 'promoted', 'started', 'verified']);
    expect(isAsSealed(after)).toBe(true);
  });
});

describe('nothing is noted', () => {
  const { key: _key, ...noKey } = aSucceeded({ secret });

  it('of a rotation that the audit does not have', async () => {
    const issued = {
      credential: { ...credential, apiCredentialId: 'S2-NONE' },
      rotationId: 'none',
      number: 1,
    };
    await expect(recordKeyEvent(issued, 'promoted')).rejects.toThrow(
      'the audit has no key that rotation none issued',
    );
  });

  it('of another rotation under the same number', async () => {
    const issued = await issue();
    await expect(recordKeyEvent({ ...issued, rotationId: 'another' }, 'promoted')).rejects.toThrow('another');
    expect(eventsOf(await read(issued))).toEqual(['started']);
  });

  it('of a rotation that gave no key', async () => {
    const issued = await issue(noKey);
    await expect(recordKeyEvent(issued, 'promoted')).rejects.toThrow(issued.rotationId);
    expect(eventsOf(await read(issued))).toEqual(['started']);
  });

  it('of a rotation that has failed, or has not ended', async () => {
    const own = { id: randomUUID(), credential: { ...credential, apiCredentialId: `S2-${randomUUID()}` } };
    const issued = { credential: own.credential, rotationId: own.id, number: 1 };
    await table.audit.insert(aStarted(own));
    await expect(recordKeyEvent(issued, 'promoted')).rejects.toThrow(own.id);
    await table.audit.close(aFailed(own));
    await expect(recordKeyEvent(issued, 'promoted')).rejects.toThrow(own.id);
    expect([told, recorded]).toEqual([[], []]);
  });
});

it('what happened before the end of a rotation is no note about its key', () => {
  const timeline = [{ at: AT, event: 'promoted' }];
  expect(hasHappened(aSucceeded({ timeline }), 'promoted')).toBe(false);
  expect(hasHappened(append(aSucceeded(), { at: AT, event: 'promoted' }), 'promoted')).toBe(true);
});
