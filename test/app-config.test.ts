import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LocalAppConfig, startAppConfig } from '../src/local/app-config/server.ts';
import { type Keyturn, startKeyturn } from './support/keyturn.ts';

const GRANTS = 'keyturn-test/test/caller-grants';
const SECRETS = 'keyturn-test/test/managed-secrets';
const PATTERN = 'merchants/ACME_NL/apiCredentials/*';
const SECRET = 'keyturn/keys/{accountId}/{apiCredentialId}';
const SECOND_MS = 1_000;

let appConfig: LocalAppConfig;
let keyturn: Keyturn;

beforeAll(async () => {
  // Only the clock: what a function waits for takes real time.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  appConfig = await startAppConfig();
  deploy({ 'client:local-app': [PATTERN] }, { [PATTERN]: SECRET });
  keyturn = await startKeyturn({
    CALLER_GRANTS: `appconfig:${GRANTS}`,
    MANAGED_SECRETS: `appconfig:${SECRETS}`,
    AWS_ENDPOINT_URL_APPCONFIGDATA: appConfig.url,
  });
});
afterEach(() => appConfig.setOutage(false));
afterAll(async () => {
  vi.useRealTimers();
  await keyturn.close();
  await appConfig.close();
});

function deploy(grants: object | string, secrets: object | string): void {
  const text = (document: object | string) =>
    typeof document === 'string' ? document : JSON.stringify(document);
  appConfig.deploy(GRANTS, text(grants));
  appConfig.deploy(SECRETS, text(secrets));
}

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);
const statusOf = async (claims: object = {}) => {
  const credential = keyturn.newCredential();
  keyturn.secretsManager.put(`keyturn/keys/ACME_NL/${credential.apiCredentialId}`, '{"apiKey":"AQEfirst"}');
  const { status, body } = await keyturn.rotate(credential, { claims: { ...claims } });
  return [status, body.code ?? body.rotation?.secret?.stage];
};
const badSettings = () => keyturn.lines().filter((line) => 'BadSettings' in line).length;

describe('settings in AppConfig', () => {
  it('grant, and name the managed secret', async () => {
    expect(await statusOf()).toEqual([200, 'AWSPENDING']);
    expect(await statusOf({ sub: 'other', client_id: 'other' })).toEqual([403, 'forbidden']);
  });

  it('are not asked for at each request', async () => {
    const before = appConfig.reads();
    await statusOf();
    expect(appConfig.reads()).toBe(before);
  });

  it('that change are in use within a minute, without a deployment', async () => {
    deploy({ 'client:other': [PATTERN] }, {});
    pass(59 * SECOND_MS);
    expect(await statusOf()).toEqual([403, 'forbidden']);
    expect(await statusOf({ sub: 'other', client_id: 'other' })).toEqual([200, undefined]);
    expect(
      await keyturn.read('GET /v1/rotations', { claims: { sub: 'other', client_id: 'other' } }),
    ).toMatchObject({ status: 200, body: { rotations: expect.arrayContaining([expect.anything()]) } });
  });

  it('of 10,000 callers and 2,000 patterns are in use', async () => {
    const many = (length: number, entry: (index: number) => [string, unknown]) =>
      Object.fromEntries(Array.from({ length }, (_, index) => entry(index)));
    deploy(
      many(10_000, (index) => [
        `client:app-${index}`,
        [index === 9_999 ? PATTERN : `merchants/ACME_${index}/apiCredentials/*`],
      ]),
      {
        ...many(1_999, (index) => [
          `merchants/M${index}/apiCredentials/*`,
          `keyturn/m${index}/{apiCredentialId}`,
        ]),
        [PATTERN]: SECRET,
      },
    );
    pass(30 * SECOND_MS);
    expect(await statusOf({ sub: 'app-9999', client_id: 'app-9999' })).toEqual([200, 'AWSPENDING']);
    expect(await statusOf({ sub: 'app-9998', client_id: 'app-9998' })).toEqual([403, 'forbidden']);
  });

  it('that are not valid are refused: the last good ones stay, and the metric of the alarm counts them', async () => {
    deploy({ 'client:local-app': [PATTERN] }, { [PATTERN]: SECRET });
    pass(30 * SECOND_MS);
    expect(await statusOf()).toEqual([200, 'AWSPENDING']);
    const before = badSettings();
    deploy('{"local-app":["AQEsecret"]}', '{"merchants/*/apiCredentials/*":"AQEsecret"}');
    pass(30 * SECOND_MS);
    expect(await statusOf()).toEqual([200, 'AWSPENDING']);
    expect(badSettings() - before).toBe(2);
    expect(keyturn.output()).not.toContain('AQEsecret');
  });

  it('stay in use while AppConfig does not respond', async () => {
    appConfig.setOutage(true);
    pass(30 * SECOND_MS);
    expect(await statusOf()).toEqual([200, 'AWSPENDING']);
  });

  it('that were never read leave everything closed, with a problem that can be retried', async () => {
    appConfig.setOutage(true);
    await keyturn.restart();
    expect(await statusOf()).toEqual([503, 'settings-unavailable']);
    expect(await keyturn.read('GET /v1/rotations')).toMatchObject({
      status: 503,
      body: { code: 'settings-unavailable', retryable: true },
    });
    appConfig.setOutage(false);
    deploy({ 'client:local-app': [PATTERN] }, { [PATTERN]: SECRET });
    expect(await statusOf()).toEqual([200, 'AWSPENDING']);
  });
});
