import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../test/support/deps.ts';
import { credential } from '../../../test/support/rotations.ts';
import { Secret } from '../../secret.ts';
import type { ReadApiCredential } from '../ports.ts';
import { createCheckUpstream } from './check-upstream.ts';

const MANAGEMENT_KEY = new Secret('AQEmanagement');
const MISSING = { kind: 'failed', code: 'credential-not-found', seen: 'it answered 404' } as const;

/** The checks of a management credential with these roles, by name. */
async function check(
  roles: readonly string[],
  apiCredential: Awaited<ReturnType<ReadApiCredential>> = MISSING,
) {
  const checks = await createCheckUpstream({
    managementCredential: { get: async () => MANAGEMENT_KEY, reload: async () => MANAGEMENT_KEY },
    readManagementCredential: async () => ({ kind: 'read', found: { roles }, seen: 'it answered 200' }),
    readApiCredential: async () => apiCredential,
    log: silentLog,
  })(credential, Number.POSITIVE_INFINITY);
  return new Map(checks.map((one) => [one.name, one]));
}

describe('the role of the management credential', () => {
  it.each([
    'Management API—API credentials read and write',
    'Management API - API credentials read and write',
    'Management API–API credentials read and write',
  ])('is seen in the list of its roles, however Adyen writes it: %s', async (role) => {
    expect((await check(['Another', role])).get('management-role')?.outcome).toBe('passed');
  });

  it('is not judged by the list alone, if Adyen did not say whether it may do this', async () => {
    const checks = await check([]);
    expect(checks.get('management-role')?.outcome).toBe('skipped');
    expect(checks.get('api-credential')).toMatchObject({ outcome: 'failed', code: 'credential-not-found' });
  });

  it('is there if Adyen let it read the API credential, whatever the list says', async () => {
    const found = { isActive: true, allowedAddresses: [] };
    const checks = await check([], { kind: 'read', found, seen: 'it answered 200' });
    expect(checks.get('management-role')?.outcome).toBe('passed');
  });
});

it('many allowed addresses are counted, and few are named', async () => {
  const read = async (count: number) => {
    const allowedAddresses = Array.from({ length: count }, (_, index) => `192.0.2.${index}`);
    const found = { isActive: true, allowedAddresses };
    const checks = await check([], { kind: 'read', found, seen: 'it answered 200' });
    return checks.get('allowed-addresses')?.detail;
  };
  expect(await read(2)).toContain('192.0.2.0, 192.0.2.1');
  expect(await read(50)).toContain('50 addresses');
});
