import { expect, it } from 'vitest';
import { silentLog } from '../../../test/support/deps.ts';
import { aStarted, credential, NOON, rules } from '../../../test/support/rotations.ts';
import { ManagedSecretError } from '../managed-secret-error.ts';
import type { ManagedSecret } from '../ports.ts';
import { createCheckAudit } from './check-audit.ts';

async function unused(): Promise<never> {
  throw new Error('a dry run does not use this');
}

/** The checks while the newest rotation is this one, with a managed secret that is read so. */
const check = (newest: ReturnType<typeof aStarted>, read: ManagedSecret['read'], now: number) =>
  createCheckAudit({ audit: { newest: async () => newest }, rules, now: () => now, log: silentLog })(
    credential,
    {
      id: 'secret',
      read,
      store: unused,
      readCurrent: unused,
      promote: unused,
      discard: unused,
      describe: unused,
    },
    false,
  );

it('a rotation that was cut off and whose secret cannot be read lets no other rotation start', async () => {
  const started = aStarted();
  const pastLease = Date.parse(started.leaseExpiresAt) + 1;
  const unreadable = async () => {
    throw new ManagedSecretError('the managed secret cannot be read');
  };
  expect(await check(started, unreadable, pastLease)).toMatchObject([
    { name: 'audit', outcome: 'passed' },
    { name: 'running-rotation', outcome: 'failed', code: 'managed-secret-unavailable' },
    { name: 'quarantine', outcome: 'skipped' },
    { name: 'overlap', outcome: 'skipped' },
  ]);
});

it('a rotation that runs holds its credential until its lease ends, and its secret is not read', async () => {
  expect(await check(aStarted(), unused, NOON)).toMatchObject([
    { name: 'audit', outcome: 'passed' },
    { name: 'running-rotation', outcome: 'failed', code: 'rotation-in-progress' },
    { name: 'quarantine', outcome: 'skipped' },
    { name: 'overlap', outcome: 'skipped' },
  ]);
});

it('an error that no service explains is not taken for a check that failed', async () => {
  const started = aStarted();
  await expect(check(started, unused, Date.parse(started.leaseExpiresAt) + 1)).rejects.toThrow(
    'does not use',
  );
});
