import { beforeEach, describe, expect, it } from 'vitest';
import { logTo, metricsWith } from '../../test/support/deps.ts';
import { aFailed, anUnknown, aStarted, aSucceeded, NOON, rules } from '../../test/support/rotations.ts';
import { anchorOf } from './anchor.ts';
import { type Change, createCommit } from './commit.ts';
import type { BusEvent } from './lifecycle.ts';
import type { AuditLog, Publish } from './ports.ts';
import type { ClosedRotation } from './rotation.ts';
import { append, isAsSealed, seal } from './seal.ts';

const AT_ONCE = '2026-11-23T12:00:00.000Z';
/** The propagation, the hour of probing, and a quarter of an hour. */
const IF_NOT_PROMOTED = '2026-11-23T13:20:00.000Z';
const version = { arn: 'arn:one', versionId: 'version', stage: 'AWSPENDING' } as const;

/** Four hours before the end of the previous key. */
const SWITCH_OVERDUE = { event: 'ApiKeySwitchOverdue', dueAt: '2026-11-24T08:00:01.000Z' };

/** What was written, logged, counted and published, in sequence. */
let done: unknown[];
beforeEach(() => {
  done = [];
});
const names = () => done.map((entry) => (Array.isArray(entry) ? entry[0] : entry));

/** A commit whose audit and bus behave as the test says. */
function commitWith(outside: { audit?: Partial<AuditLog>; publish?: Publish } = {}) {
  const record = (name: string) => async (rotation: unknown) => {
    done.push([name, rotation]);
    return 'written' as const;
  };
  const none = async () => undefined;
  return createCommit({
    audit: {
      newest: none,
      findByIdempotencyHash: none,
      get: none,
      insert: record('insert'),
      close: record('close'),
      amend: record('amend'),
      ...outside.audit,
    },
    async publish(event, rotation) {
      done.push([event, rotation]);
      await outside.publish?.(event, rotation);
    },
    rules,
    now: () => NOON,
    log: logTo((message, fields) => done.push([message, fields])),
    metrics: metricsWith({
      countUnsentEvent: () => done.push('UnsentEvents'),
      countIssuedKey: (event) => done.push(`IssuedKeys ${event}`),
    }),
  });
}
const commit = (change: Change, outside = {}) => commitWith(outside).commit(change);
const down = () => Promise.reject(new Error('down'));
const failed: Change = { event: 'failed', rotation: aFailed(), hasManagedSecret: true };

describe('a change', () => {
  const outbox = { event: 'ApiKeyRotationFailed', dueAt: AT_ONCE };

  it('is written with its event in the outbox, then anchored in the log, then published', async () => {
    expect(await commit(failed)).toBe('written');
    const { rotation } = failed;
    expect(done).toEqual([
      ['close', { ...rotation, outbox }],
      ['closed', { rotationId: rotation.id, anchor: anchorOf(aFailed()) }],
      ['ApiKeyRotationFailed', { ...rotation, outbox }],
      ['amend', rotation],
    ]);
  });

  it('is not logged and not published if another execution has closed the rotation', async () => {
    expect(await commit(failed, { audit: { close: async () => 'lost' } })).toBe('lost');
    expect(done).toEqual([]);
  });

  it('is not logged and not published if the audit cannot be written', async () => {
    await expect(commit(failed, { audit: { close: down } })).rejects.toThrow('down');
    expect(done).toEqual([]);
  });

  it('takes a number for a rotation that starts, and publishes nothing', async () => {
    expect(await commit({ event: 'started', rotation: aStarted() })).toBe('written');
    expect(done).toEqual([['insert', aStarted()]]);
  });

  it('takes a number for a refused event, and publishes it without a managed secret too', async () => {
    const rotation = aFailed({ code: 'no-managed-secret' });
    await commit({ event: 'refused', rotation });
    expect(names()).toEqual(['insert', 'closed', 'ApiKeyRotationFailed', 'amend']);
    expect(done[0]).toEqual(['insert', { ...rotation, outbox }]);
  });

  it('of a key is counted, and published under its own name', async () => {
    const before = aSucceeded({ secret: version });
    const rotation = append(before, { at: AT_ONCE, event: 'promoted' });
    await commit({ event: 'promoted', rotation, before });
    expect(names()).toEqual(['amend', 'promoted', 'IssuedKeys promoted', 'ApiKeyRotated', 'amend']);
  });

  it('of a key counts as written if the response was lost and the record shows it', async () => {
    const before = aSucceeded({ secret: version });
    const rotation = append(before, { at: AT_ONCE, event: 'verified' });
    const audit = { amend: async () => 'lost' as const, get: async () => rotation };
    expect(await commit({ event: 'verified', rotation, before }, { audit })).toBe('written');
    expect(
      await commit({ event: 'verified', rotation, before }, { audit: { ...audit, get: async () => before } }),
    ).toBe('lost');
  });
});

const { key: _key, ...noKey } = aSucceeded();

describe('the end of a rotation', () => {
  it.each([
    ['key-stored', aSucceeded({ secret: version }), 'ApiKeyIssued', AT_ONCE],
    ['key-stored-in-workflow', aSucceeded({ secret: version }), 'ApiKeyIssued', IF_NOT_PROMOTED],
    ['no-key', noKey, 'ApiKeyRotationFailed', AT_ONCE],
    ['failed', aFailed(), 'ApiKeyRotationFailed', AT_ONCE],
    ['unknown', anUnknown(), 'ApiKeyRotationUnknown', AT_ONCE],
  ] as const)(
    'by %s raises its event if the API credential has a managed secret',
    async (event, rotation, name, dueAt) => {
      await commit({ event, rotation, hasManagedSecret: true });
      expect(done[0]).toEqual(['close', { ...rotation, outbox: { event: name, dueAt } }]);
    },
  );

  it('raises no event at once if only the caller has the key', async () => {
    const rotation = aSucceeded();
    await commit({ event: 'key-returned', rotation, hasManagedSecret: false });
    expect(done[0]).toEqual(['close', { ...rotation, outbox: SWITCH_OVERDUE }]);
    expect(names()).toEqual(['close', 'closed']);
  });

  it.each([
    ['no-key', noKey],
    ['failed', aFailed()],
    ['unknown', anUnknown()],
  ] as const)(
    'by %s raises no event without a managed secret: the caller has a response',
    async (event, rotation) => {
      await commit({ event, rotation, hasManagedSecret: false });
      expect(done[0]).toEqual(['close', rotation]);
    },
  );

  it('raises its event without a managed secret too, if an event requested the rotation', async () => {
    const rotation = aFailed({ requestedBy: { source: 'event', subject: 'ops.keys' } });
    await commit({ event: 'failed', rotation, hasManagedSecret: false });
    expect(names()).toContain('ApiKeyRotationFailed');
  });

  it('has the same seal, whichever event it raises', async () => {
    const { chain: _chain, ...unsealed } = aSucceeded({ secret: version });
    await commit({ event: 'key-stored', rotation: seal(unsealed), hasManagedSecret: true });
    const [, written] = [done[0]].flat() as [string, ClosedRotation]; // As `record` pushes it.
    expect([written.outbox?.event, isAsSealed(written)]).toEqual(['ApiKeyIssued', true]);
  });
});

describe('an event that is due', () => {
  const waiting = (event: BusEvent, due = NOON) =>
    aSucceeded({ outbox: { event, dueAt: new Date(due).toISOString() } });
  const announce = (rotation: ClosedRotation, outside = {}) => commitWith(outside).announce(rotation);

  it('(ApiKeyDisplaced) is put on the bus and then leaves the outbox', async () => {
    const rotation = waiting('ApiKeyDisplaced');
    expect(await announce(rotation)).toBe(true);
    const { outbox: _outbox, ...emptied } = rotation;
    expect(done).toEqual([
      ['ApiKeyDisplaced', rotation],
      ['amend', emptied],
    ]);
  });

  it.each(['ApiKeyRotated', 'ApiKeyHealed'] as const)(
    '(%s) is followed by the warning of the consumers that do not switch',
    async (event) => {
      const rotation = waiting(event);
      expect(await announce(rotation)).toBe(true);
      expect(done).toEqual([
        [event, rotation],
        ['amend', { ...rotation, outbox: SWITCH_OVERDUE }],
      ]);
    },
  );

  it('(ApiKeyRotated) is followed by no warning if the previous key has ended', async () => {
    const { key } = aSucceeded();
    const rotation = {
      ...waiting('ApiKeyRotated'),
      ...(key && { key: { ...key, previousKeyExpiresAt: AT_ONCE } }),
    };
    await announce(rotation);
    const { outbox: _outbox, ...emptied } = rotation;
    expect(done.at(-1)).toEqual(['amend', emptied]);
  });

  it('(ApiKeyRotated) leaves the consumers half an hour if the previous key ends soon', async () => {
    const { key } = aSucceeded();
    const previousKeyExpiresAt = '2026-11-23T13:00:00.000Z';
    await announce({ ...waiting('ApiKeyRotated'), ...(key && { key: { ...key, previousKeyExpiresAt } }) });
    expect(done.at(-1)).toMatchObject(['amend', { outbox: { dueAt: '2026-11-23T12:30:00.000Z' } }]);
  });

  it('(ApiKeySwitchOverdue) is left to the sweep, which knows the consumers', async () => {
    expect(await announce(waiting('ApiKeySwitchOverdue'))).toBe(true);
    expect(done).toEqual([]);
  });

  it('(ApiKeyIssued) stays in the outbox, to be raised again if the key is not promoted', async () => {
    const rotation = waiting('ApiKeyIssued');
    await announce(rotation);
    const outbox = { event: 'ApiKeyIssued', dueAt: IF_NOT_PROMOTED };
    expect(done).toEqual([
      ['ApiKeyIssued', rotation],
      ['amend', { ...rotation, outbox }],
    ]);
    expect(Date.parse(IF_NOT_PROMOTED)).toBeGreaterThan(NOON + rules.propagationMs + rules.verificationMs);
  });

  it.each([
    ['ApiKeyRotationUnknown', anUnknown(), '2026-11-23T14:00:00.000Z'],
    ['ApiKeyRotationFailed', noKey, '2026-11-23T14:00:00.000Z'],
  ] as const)(
    '%s stays in the outbox, to be raised again if no rotation follows',
    async (event, ended, dueAt) => {
      const rotation = { ...ended, outbox: { event, dueAt: AT_ONCE } };
      await announce(rotation);
      expect(done.at(-1)).toEqual(['amend', { ...rotation, outbox: { event, dueAt } }]);
    },
  );

  it('ApiKeyRotationStalled leaves an ApiKeyIssued for a day later: the key may still be promoted', async () => {
    const rotation = waiting('ApiKeyRotationStalled');
    await announce(rotation);
    const outbox = { event: 'ApiKeyIssued', dueAt: '2026-11-24T13:00:00.000Z' };
    expect(done.at(-1)).toEqual(['amend', { ...rotation, outbox }]);
  });

  it('ApiKeyRotationFailed of a rotation that Adyen rejected leaves the outbox', async () => {
    const rotation = aFailed({ outbox: { event: 'ApiKeyRotationFailed', dueAt: AT_ONCE } });
    await announce(rotation);
    const { outbox: _outbox, ...emptied } = rotation;
    expect(done.at(-1)).toEqual(['amend', emptied]);
  });

  it('that was due an hour ago is still put on the bus', async () => {
    await announce(waiting('ApiKeyRotated', NOON - 3_600_000));
    expect(names()).toEqual(['ApiKeyRotated', 'amend']);
  });

  it('stays in the outbox if it cannot be put on the bus', async () => {
    const rotation = waiting('ApiKeyRotated');
    expect(await announce(rotation, { publish: down })).toBe(false);
    expect(done).toEqual([
      ['ApiKeyRotated', rotation],
      [
        'An event is not on the bus and stays in the outbox',
        { rotationId: rotation.id, event: 'ApiKeyRotated', error: new Error('down') },
      ],
      'UnsentEvents',
    ]);
  });

  it('stays in the outbox if the audit cannot be written, and may be published twice', async () => {
    expect(await announce(waiting('ApiKeyRotated'), { audit: { amend: down } })).toBe(false);
    expect(names()).toEqual([
      'ApiKeyRotated',
      'An event is not on the bus and stays in the outbox',
      'UnsentEvents',
    ]);
  });

  it('does not change the outbox if another execution has changed the rotation meanwhile', async () => {
    expect(await announce(waiting('ApiKeyRotated'), { audit: { amend: async () => 'lost' } })).toBe(true);
    expect(names()).toEqual(['ApiKeyRotated']);
  });
});

describe('nothing is put on the bus', () => {
  it('for a rotation whose outbox is empty', async () => {
    await commitWith().announce(aFailed());
    expect(done).toEqual([]);
  });

  it('before the event is due', async () => {
    const dueAt = new Date(NOON + 1).toISOString();
    expect(await commitWith().announce(aSucceeded({ outbox: { event: 'ApiKeyIssued', dueAt } }))).toBe(true);
    expect(done).toEqual([]);
  });
});
