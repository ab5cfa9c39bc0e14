import { describe, expect, it } from 'vitest';
import { aFailed, anUnknown, aSucceeded, type credential, NOON } from '../../test/support/rotations.ts';
import { findKeyInUse, keyInUseAtWorst } from './key-in-use.ts';
import type { ManagedSecret } from './ports.ts';
import type { Rotation } from './rotation.ts';

const HOUR_MS = 60 * 60_000;
const at = (hours: number) => new Date(NOON + hours * HOUR_MS).toISOString();

/** A rotation that stored its key in the version of this name. */
const stored = (number: number, versionId: string, fields: Partial<Rotation> = {}): Rotation =>
  aSucceeded({
    number,
    requestedAt: at(number),
    secret: { arn: 'arn', versionId, stage: 'AWSPENDING' },
    ...fields,
    status: 'succeeded',
  });

/** The audit with these rotations. It counts how many were read. */
function auditOf(...rotations: Rotation[]) {
  const audit = {
    reads: 0,
    async get(_: typeof credential, number: number) {
      audit.reads += 1;
      return rotations.find((rotation) => rotation.number === number);
    },
  };
  return audit;
}

describe('the key in use', () => {
  const find = (rotations: Rotation[], current: string, audit = auditOf(...rotations)) =>
    findKeyInUse(audit, rotations.at(-1), secretWith(current));

  it('was not retired by a rotation that failed', async () => {
    const failed = aFailed({ number: 2, requestedAt: at(2), keyInUseVersionId: 'one' });
    expect(await find([stored(1, 'one'), failed], 'one')).toEqual({ versionId: 'one' });
  });

  it('may have been retired by a rotation whose outcome is unknown', async () => {
    const unknown = anUnknown({ number: 2, requestedAt: at(2) });
    expect(await find([stored(1, 'one'), unknown], 'one')).toEqual({ versionId: 'one', retiredAt: at(2) });
  });

  it('was retired by the first call since it was the newest, not by a later one', async () => {
    const rotations = [stored(1, 'one'), stored(2, 'two'), stored(3, 'three')];
    expect(await find(rotations, 'one')).toEqual({ versionId: 'one', retiredAt: at(2) });
  });

  it('is known to the newest rotation: the audit is not read for it', async () => {
    const newest = stored(9, 'nine', { keyInUseVersionId: 'outside', keyInUseRetiredAt: at(4) });
    const audit = auditOf(newest);
    expect(await find([newest], 'outside', audit)).toEqual({ versionId: 'outside', retiredAt: at(4) });
    expect(audit.reads).toBe(0);
  });

  it('is searched for in 20 rotations at most', async () => {
    const rotations = Array.from({ length: 40 }, (_, index) => stored(index + 1, `v-${index + 1}`));
    const audit = auditOf(...rotations);
    await find(rotations, 'v-1', audit);
    expect(audit.reads).toBeLessThan(20);
  });
});

describe('the key in use while its secret cannot be read', () => {
  const bound = (now: number, ...rotations: Rotation[]) =>
    keyInUseAtWorst(auditOf(...rotations), rotations.at(-1), NOON + now * HOUR_MS);

  it('is the one, of those that may still work, that was retired first', async () => {
    expect(await bound(4, stored(1, 'one'), stored(2, 'two'), stored(3, 'three'))).toEqual({
      retiredAt: at(1),
    });
  });

  it('is no key that has ended', async () => {
    expect(await bound(25.5, stored(1, 'one'), stored(2, 'two'), stored(3, 'three'))).toEqual({
      retiredAt: at(2),
    });
  });

  it('may have been retired before all rotations that are read, if one of them says so', async () => {
    const saysSo = { keyInUseRetiredAt: at(-3) };
    expect(await bound(4, stored(2, 'two', saysSo), stored(3, 'three'))).toEqual({ retiredAt: at(-3) });
    expect(await bound(4, stored(2, 'two'), stored(3, 'three', saysSo))).toEqual({ retiredAt: at(-3) });
  });

  it('has not been retired by Keyturn if there was no rotation', async () => {
    expect(await bound(0)).toEqual({});
  });
});

function secretWith(current: string): ManagedSecret {
  const unused = async (): Promise<never> => {
    throw new Error('only the labels are read');
  };
  return {
    id: 'secret',
    store: unused,
    read: unused,
    readCurrent: unused,
    promote: unused,
    discard: unused,
    describe: async () => ({
      arn: 'arn',
      name: 'secret',
      isRotated: false,
      stagesOf: () => undefined,
      versionOf: (stage) => (stage === 'AWSCURRENT' ? current : undefined),
    }),
  };
}
