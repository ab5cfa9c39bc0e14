import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aFailed, anUnknown, aStarted, aSucceeded, NOON, rules } from '../../test/support/rotations.ts';
import { lastKeyOf } from './carry.ts';
import { isPastLease, refusalToStart } from './rules.ts';

const decide = (newest: Parameters<typeof refusalToStart>[0], now: number, force = false) =>
  refusalToStart(newest, { force, now, rules });

const HOUR = 3_600_000;

describe('a rotation', () => {
  it('may start if its API credential was never rotated', () => {
    expect(decide(undefined, NOON)).toBeUndefined();
  });

  it('may not start while another rotation runs, and the refusal says until when at most', () => {
    const running = aStarted({ leaseExpiresAt: new Date(NOON + 60_000).toISOString() });
    expect(decide(running, NOON, true)).toEqual({
      code: 'rotation-in-progress',
      until: running.leaseExpiresAt,
      rotationId: running.id,
    });
  });

  it('may not start in the overlap with the previous key, and the refusal says when the overlap ends', () => {
    const issued = aSucceeded({ completedAt: new Date(NOON).toISOString() });
    expect(decide(issued, NOON + HOUR)).toEqual({
      code: 'overlap-active',
      until: new Date(NOON + rules.minIntervalMs).toISOString(),
    });
  });

  it('may start at the end of the overlap', () => {
    const issued = aSucceeded({ completedAt: new Date(NOON).toISOString() });
    expect(decide(issued, NOON + rules.minIntervalMs)).toBeUndefined();
  });

  it('may start in the overlap if it is forced', () => {
    expect(
      decide(aSucceeded({ completedAt: new Date(NOON).toISOString() }), NOON + HOUR, true),
    ).toBeUndefined();
  });

  it.each([true, false])('may not start in a quarantine, forced or not (force: %s)', (force) => {
    const unknown = anUnknown({ quarantinedUntil: new Date(NOON + 120_000).toISOString() });
    expect(decide(unknown, NOON + 119_999, force)).toMatchObject({
      code: 'quarantined',
      until: unknown.quarantinedUntil,
    });
    expect(decide(unknown, NOON + 120_000, force)).toBeUndefined();
  });

  it('may not start in the overlap with a key, although later rotations made no key', () => {
    const issuedAt = new Date(NOON - HOUR).toISOString();
    expect(decide(aFailed({ lastKeyIssuedAt: issuedAt }), NOON)).toMatchObject({ code: 'overlap-active' });
    expect(decide(anUnknown({ lastKeyIssuedAt: issuedAt, quarantinedUntil: issuedAt }), NOON)).toMatchObject({
      code: 'overlap-active',
    });
  });

  it('may start at once after a failure, and after a success without a key', () => {
    const { key: _key, ...noKey } = aSucceeded({ completedAt: new Date(NOON).toISOString() });
    expect(decide(aFailed(), NOON)).toBeUndefined();
    expect(decide(noKey, NOON + 1)).toBeUndefined();
  });

  it('passes on when the newest key was issued, whatever the rotations after it did', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 20 }), (issues) => {
        let carried: string | undefined;
        let newestIssue: string | undefined;
        issues.forEach((issued, index) => {
          const at = new Date(NOON + index * HOUR).toISOString();
          const chained = carried === undefined ? {} : { lastKeyIssuedAt: carried };
          carried = lastKeyOf(
            issued ? aSucceeded({ ...chained, completedAt: at }) : aFailed(chained),
          ).issuedAt;
          if (issued) newestIssue = at;
        });
        expect(carried).toBe(newestIssue);
      }),
    );
  });
});

describe('a lease', () => {
  const started = aStarted({ leaseExpiresAt: new Date(NOON).toISOString() });

  it('lasts until its end, and not longer', () => {
    expect(isPastLease(started, NOON - 1)).toBe(false);
    expect(isPastLease(started, NOON)).toBe(true);
  });

  it('does not matter once the rotation has ended', () => {
    expect(isPastLease(aFailed({ leaseExpiresAt: new Date(0).toISOString() }), NOON)).toBe(false);
  });
});
