import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type DryRunResponse, DryRunResponseSchema } from '../src/http/rotate/dry-run-response.ts';
import { MANAGEMENT_KEY, POWERLESS_KEY } from '../src/local/adyen-simulator/seed.ts';
import { LOCAL_SECRET_ID, LOCAL_TABLE } from '../src/local/settings.ts';
import { type ApiCredential, credentialPath } from '../src/rotation/api-credential.ts';
import { type Keyturn, type RotateCall, startKeyturn } from './support/keyturn.ts';

let keyturn: Keyturn;
beforeAll(async () => {
  keyturn = await startKeyturn({ UPSTREAM_TIMEOUT_MS: '400' });
});
afterEach(() => keyturn.adyen.faults.clear());
afterAll(() => keyturn.close());

const JSON_BODY = { 'content-type': 'application/json' };
const managed = (number: number): ApiCredential => ({
  level: 'merchants',
  accountId: 'ACME_NL',
  apiCredentialId: `S2-MANAGED-${number}`,
});
const secretOf = ({ apiCredentialId }: ApiCredential) => `keyturn/keys/ACME_NL/${apiCredentialId}`;
const storeManagementKey = (apiKey: string) =>
  keyturn.secretsManager.put(LOCAL_SECRET_ID, JSON.stringify({ apiKey }));

/** Does something with functions that have never read another value of the management credential. */
async function withManagementSecret<T>(value: string, use: () => Promise<T>): Promise<T> {
  keyturn.secretsManager.put(LOCAL_SECRET_ID, value);
  await keyturn.restart();
  try {
    return await use();
  } finally {
    storeManagementKey(MANAGEMENT_KEY);
    await keyturn.restart();
  }
}
const withManagementKey = <T>(apiKey: string, use: () => Promise<T>) =>
  withManagementSecret(JSON.stringify({ apiKey }), use);

const ask = (credential: ApiCredential, body: object = {}, call: RotateCall = {}) =>
  keyturn.rotate(credential, {
    headers: JSON_BODY,
    body: JSON.stringify({ dryRun: true, ...body }),
    ...call,
  });

async function dryRun(credential: ApiCredential, body: object = {}, call: RotateCall = {}) {
  const { status, body: answer } = await ask(credential, body, call);
  expect(status).toBe(200);
  return v.parse(DryRunResponseSchema, answer);
}
const outcomes = ({ checks }: DryRunResponse) =>
  Object.fromEntries(checks.map(({ name, outcome, code }) => [name, code ? `${outcome} ${code}` : outcome]));
const detailOf = ({ checks }: DryRunResponse, name: string) =>
  checks.find((check) => check.name === name)?.detail ?? '';
const rotate = (credential: ApiCredential) => keyturn.rotate(credential);

/** Rotates while Adyen takes so long (ms). */
function rotateSlowly(credential: ApiCredential, ms: number) {
  keyturn.adyen.faults.order({ kind: 'latency', when: 'before', ms, credential: credentialPath(credential) });
  return rotate(credential);
}

const PASSED = {
  token: 'passed',
  scope: 'passed',
  grant: 'passed',
  audit: 'passed',
  'running-rotation': 'passed',
  quarantine: 'passed',
  overlap: 'passed',
  'management-credential': 'passed',
  'management-key': 'passed',
  'management-role': 'passed',
  'api-credential': 'passed',
  'api-credential-active': 'passed',
  'allowed-addresses': 'passed',
  'managed-secret': 'passed',
  'pending-key': 'passed',
};

describe('a dry run', () => {
  it.each(['merchants', 'companies'] as const)(
    'says of every check what it means, for a credential of %s',
    async (level) => {
      const result = await dryRun(keyturn.newCredential(level));
      expect(result.wouldRotate).toBe(true);
      expect(outcomes(result)).toEqual({ ...PASSED, 'managed-secret': 'skipped', 'pending-key': 'skipped' });
      for (const { detail } of result.checks) expect(detail).toMatch(/^[A-Z].*\.$/);
    },
  );

  it('says the same of a managed secret', async () => {
    expect(outcomes(await dryRun(managed(1)))).toEqual(PASSED);
  });

  it('names the addresses from which alone a new key would work', async () => {
    const result = await dryRun({ ...managed(1), apiCredentialId: 'S2-ADDRESSES' });
    expect([result.wouldRotate, outcomes(result)['allowed-addresses']]).toEqual([true, 'passed']);
    expect(detailOf(result, 'allowed-addresses')).toContain('only from 192.0.2.1, 198.51.100.0/24');
  });

  it('generates nothing, records nothing, stores nothing, raises nothing, and only reads at Adyen', async () => {
    const credential = managed(1);
    const lookups = keyturn.adyen.lookups.length;
    const before = keyturn.secretsManager.staged(secretOf(credential));
    await dryRun(credential);
    expect(keyturn.adyen.received).toEqual([]);
    expect(keyturn.adyen.credentials.generated()).toBe(0);
    expect(keyturn.adyen.lookups.slice(lookups)).toEqual([
      { credential: credentialPath(credential), status: 200 },
    ]);
    expect(await keyturn.items(credential)).toEqual([]);
    expect(keyturn.secretsManager.staged(secretOf(credential))).toEqual(before);
    expect(keyturn.eventBus.events).toEqual([]);
  });

  it('is not counted as a rotation, and is in the line of its request', async () => {
    await dryRun(keyturn.newCredential());
    const line = keyturn.lines().findLast(({ message }) => message === 'request');
    expect(line).toMatchObject({ dryRun: { wouldRotate: true, failed: [] } });
    expect(line).not.toHaveProperty('rotation');
  });

  it('does not take up an idempotency key', async () => {
    const credential = keyturn.newCredential();
    const headers = { ...JSON_BODY, 'idempotency-key': 'one' };
    await dryRun(credential, {}, { headers });
    const { status, headers: own } = await keyturn.rotate(credential, { headers, body: '{}' });
    expect([status, own['Idempotent-Replayed']]).toEqual([200, undefined]);
    expect(await keyturn.items(credential)).toMatchObject([{ status: 'succeeded' }]);
    expect((await keyturn.items(credential))[0]).not.toHaveProperty('dryRun');
  });

  it('is no rotation only if it is asked for: false is one', async () => {
    const credential = keyturn.newCredential();
    await ask(credential, { dryRun: false });
    expect(await keyturn.items(credential)).toHaveLength(1);
  });
});

describe('a caller who may not rotate', () => {
  it.each<[string, object, object, number, string]>([
    ['without a token', {}, { claims: null }, 401, 'unauthenticated'],
    ['without the scope', {}, { claims: { scope: 'rotations:read' } }, 403, 'forbidden'],
    ['without a grant', {}, { claims: { client_id: 'stranger', sub: 'stranger' } }, 403, 'forbidden'],
    ['who forces without that scope', { force: true }, {}, 403, 'forbidden'],
    ['who sends an unknown member', { dryrun: true }, {}, 400, 'malformed-request'],
  ])('gets the problem of a rotation, and Adyen is not asked: %s', async (_who, body, call, status, code) => {
    const before = [keyturn.adyen.probes.length, keyturn.adyen.lookups.length];
    expect(await ask(keyturn.newCredential(), body, call)).toMatchObject({ status, body: { code } });
    expect([keyturn.adyen.probes.length, keyturn.adyen.lookups.length]).toEqual(before);
  });
});

describe('a dry run fails the check', () => {
  it('overlap after a rotation, until it ends', async () => {
    const credential = keyturn.newCredential();
    const { completedAt } = (await rotate(credential)).body.rotation;
    const result = await dryRun(credential);
    expect([result.wouldRotate, outcomes(result).overlap]).toEqual([false, 'failed overlap-active']);
    const ends = new Date(Date.parse(completedAt) + 86_400_000).toISOString();
    expect(detailOf(result, 'overlap')).toContain(ends);
  });

  it('overlap no longer if the rotation is forced', async () => {
    const credential = keyturn.newCredential();
    await rotate(credential);
    const claims = { scope: 'apikeys:rotate apikeys:force' };
    const result = await dryRun(credential, { force: true }, { claims });
    expect([result.wouldRotate, outcomes(result).overlap]).toEqual([true, 'passed']);
    expect(detailOf(result, 'overlap')).toContain('`force` ends it');
  });

  it('quarantine after an unknown outcome, even if the rotation is forced', async () => {
    const credential = keyturn.newCredential();
    keyturn.adyen.faults.order({ kind: 'cut', when: 'after', credential: credentialPath(credential) });
    await rotate(credential);
    const claims = { scope: 'apikeys:rotate apikeys:force' };
    const result = await dryRun(credential, { force: true }, { claims });
    expect([result.wouldRotate, outcomes(result).quarantine]).toEqual([false, 'failed quarantined']);
  });

  it('running-rotation while one runs, and skips what depends on its end', async () => {
    const credential = keyturn.newCredential();
    const running = rotateSlowly(credential, 300);
    await vi.waitFor(() =>
      expect(keyturn.adyen.received.at(-1)?.credential).toBe(credentialPath(credential)),
    );
    const result = await dryRun(credential);
    expect(outcomes(result)).toMatchObject({
      'running-rotation': 'failed rotation-in-progress',
      quarantine: 'skipped',
      overlap: 'skipped',
      'api-credential': 'passed',
    });
    await running;
  });

  it('quarantine after a rotation that was cut off, whose record it leaves as it is', async () => {
    const credential = keyturn.newCredential();
    const running = rotateSlowly(credential, 350);
    await vi.waitFor(async () => expect(await keyturn.items(credential)).toHaveLength(1));
    const [started] = await keyturn.items(credential);
    await running;
    // As if its function had been killed before it closed the record.
    const table = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint: keyturn.dynamoDb.url }));
    await table.send(new PutCommand({ TableName: LOCAL_TABLE, Item: started }));
    table.destroy();
    const { leaseExpiresAt } = v.parse(v.object({ leaseExpiresAt: v.string() }), started);
    // Past its lease, and within the two minutes of the quarantine that follows.
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.parse(leaseExpiresAt) + 1_000);
    await keyturn.restart();
    const result = await dryRun(credential, {}, { claims: { exp: Math.floor(Date.now() / 1000) + 600 } });
    clock.mockRestore();
    await keyturn.restart();
    expect(outcomes(result)).toMatchObject({
      'running-rotation': 'passed',
      quarantine: 'failed quarantined',
    });
    expect(detailOf(result, 'running-rotation')).toContain('end it as unknown');
    expect(await keyturn.items(credential)).toEqual([started]);
  });

  it('management-credential if its secret is no credential, and skips all that Adyen would say', async () => {
    const result = await withManagementSecret('{}', () => dryRun(keyturn.newCredential()));
    expect(outcomes(result)).toMatchObject({
      audit: 'passed',
      'management-credential': 'failed management-credential-unavailable',
      'management-key': 'skipped',
      'management-role': 'skipped',
      'api-credential': 'skipped',
      'api-credential-active': 'skipped',
      'allowed-addresses': 'skipped',
    });
  });

  it('management-key if Adyen rejects it, also after it was read again', async () => {
    const probes = keyturn.adyen.probes.length;
    const result = await withManagementKey('AQEwrong', () => dryRun(keyturn.newCredential()));
    expect(outcomes(result)).toMatchObject({
      'management-key': 'failed upstream-unauthorized',
      'management-role': 'skipped',
    });
    expect(keyturn.adyen.probes.slice(probes).map(({ status }) => status)).toEqual([401, 401]);
  });

  it('management-key no longer once a new one is stored: it is read again, as for a rotation', async () => {
    const result = await withManagementKey('AQEwrong', async () => {
      await dryRun(keyturn.newCredential());
      storeManagementKey(MANAGEMENT_KEY);
      return dryRun(keyturn.newCredential());
    });
    expect(result.wouldRotate).toBe(true);
  });

  it('management-role if the management credential lacks it', async () => {
    const result = await withManagementKey(POWERLESS_KEY, () => dryRun(keyturn.newCredential()));
    expect(outcomes(result)).toMatchObject({
      'management-key': 'passed',
      'management-role': 'failed upstream-forbidden',
      'api-credential': 'skipped',
    });
    expect(detailOf(result, 'management-role')).toContain('lacks the role');
  });

  it('management-role if it has the role, and no access to the account', async () => {
    const credential = keyturn.newCredential();
    const fault = { operation: 'getApiCredential', credential: credentialPath(credential) } as const;
    keyturn.adyen.faults.order({ kind: 'respond', status: 403, ...fault });
    const result = await dryRun(credential);
    expect(outcomes(result)['management-role']).toBe('failed upstream-forbidden');
    expect(detailOf(result, 'management-role')).toContain('give it access to merchants/ACME_NL');
  });

  it('api-credential if Adyen does not know it', async () => {
    const result = await dryRun({ level: 'merchants', accountId: 'ACME_NL', apiCredentialId: 'S2-NONE' });
    expect(outcomes(result)).toMatchObject({
      'management-role': 'passed',
      'api-credential': 'failed credential-not-found',
      'api-credential-active': 'skipped',
    });
  });

  it('api-credential-active if it is not', async () => {
    const inactive = { level: 'merchants', accountId: 'ACME_NL', apiCredentialId: 'S2-INACTIVE' } as const;
    const result = await dryRun(inactive);
    expect([result.wouldRotate, outcomes(result)['api-credential-active']]).toEqual([
      false,
      'failed upstream-validation',
    ]);
  });

  it.each([
    ['me', 'management-key', { kind: 'respond', status: 429 }, 'upstream-throttled'],
    ['me', 'management-key', { kind: 'cut', when: 'before' }, 'upstream-failure'],
    ['me', 'management-key', { kind: 'respond', status: 200, body: '<html>' }, 'upstream-malformed'],
    ['getApiCredential', 'api-credential', { kind: 'respond', status: 500 }, 'upstream-failure'],
    ['getApiCredential', 'api-credential', { kind: 'latency', when: 'before', ms: 600 }, 'upstream-timeout'],
    ['getApiCredential', 'api-credential', { kind: 'respond', status: 204 }, 'upstream-malformed'],
    ['getApiCredential', 'api-credential', { kind: 'partial-body' }, 'upstream-failure'],
  ] as const)(
    'of %s and %s with what a rotation would make of it: %o',
    async (operation, name, fault, code) => {
      keyturn.adyen.faults.order({ ...fault, operation });
      expect(outcomes(await dryRun(keyturn.newCredential()))[name]).toMatch(`failed ${code}`);
    },
  );

  it('managed-secret if it does not exist', async () => {
    const result = await dryRun({ ...managed(1), apiCredentialId: 'S2-MANAGED-99' });
    expect(outcomes(result)).toMatchObject({
      'managed-secret': 'failed managed-secret-unavailable',
      'pending-key': 'skipped',
    });
    expect(detailOf(result, 'managed-secret')).toContain('does not exist');
  });

  it('pending-key while a key waits to be promoted, unless the rotation is forced', async () => {
    const credential = managed(2);
    await rotate(credential);
    const pending = keyturn.secretsManager.staged(secretOf(credential)).AWSPENDING?.id;
    const result = await dryRun(credential);
    expect(outcomes(result)['pending-key']).toBe('failed');
    expect(detailOf(result, 'pending-key')).toContain(pending);
    const claims = { scope: 'apikeys:rotate apikeys:force' };
    const forced = await dryRun(credential, { force: true }, { claims });
    expect([forced.wouldRotate, outcomes(forced)['pending-key']]).toEqual([true, 'passed']);
  });

  it('pending-key not for a version that is current or was: the label may stay there', async () => {
    const credential = managed(3);
    const client = new SecretsManagerClient({ endpoint: keyturn.secretsManager.url });
    const SecretId = secretOf(credential);
    const MoveToVersionId = keyturn.secretsManager.staged(SecretId).AWSCURRENT?.id;
    const move = { SecretId, VersionStage: 'AWSPENDING', MoveToVersionId };
    await client.send(new UpdateSecretVersionStageCommand(move));
    expect(outcomes(await dryRun(credential))['pending-key']).toBe('passed');
    await client.send(new PutSecretValueCommand({ SecretId, SecretString: '{"apiKey":"AQEnext"}' }));
    await client.send(new UpdateSecretVersionStageCommand(move));
    const { AWSPENDING, AWSPREVIOUS } = keyturn.secretsManager.staged(SecretId);
    expect([AWSPENDING?.id, AWSPREVIOUS?.id]).toEqual([MoveToVersionId, MoveToVersionId]);
    expect(outcomes(await dryRun(credential))['pending-key']).toBe('passed');
    client.destroy();
  });

  it('audit if the table cannot be read, and skips what depends on it', async () => {
    await keyturn.restart({ AUDIT_TABLE_NAME: 'no-such-table' });
    const result = await dryRun(keyturn.newCredential());
    await keyturn.restart({ AUDIT_TABLE_NAME: LOCAL_TABLE });
    expect(outcomes(result)).toMatchObject({
      audit: 'failed audit-unavailable',
      'running-rotation': 'skipped',
      quarantine: 'skipped',
      overlap: 'skipped',
      'api-credential': 'passed',
    });
  });
});

it('a dry run that ran out of time at Adyen still says what it has found', async () => {
  keyturn.adyen.faults.order({ kind: 'latency', when: 'before', ms: 900, operation: 'me' });
  const result = await dryRun(keyturn.newCredential(), {}, { remainingMs: 2_200 });
  expect(outcomes(result)).toMatchObject({ audit: 'passed', 'management-key': 'failed upstream-timeout' });
});

it('no key, token or management key is in any response or log line of a dry run', () => {
  expect(keyturn.output()).not.toMatch(/AQE|eyJ/);
});
