import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type LocalAppConfig, startAppConfig } from '../src/local/app-config/server.ts';
import { useDurableRunner } from './support/durable-runner.ts';
import { rotateApiKey, startWorld, type World } from './support/workflow-world.ts';

const GRANTS = 'keyturn-test/test/caller-grants';
const SECRETS = 'keyturn-test/test/managed-secrets';
const PATTERN = 'merchants/ACME_NL/apiCredentials/*';
const GRANTED = { 'event:ops.keys': [PATTERN] };
const NAMED = { [PATTERN]: 'keyturn/keys/{level}/{accountId}/apiCredentials/{apiCredentialId}' };

let appConfig: LocalAppConfig;
let world: World;

useDurableRunner();
beforeEach(async () => {
  appConfig = await startAppConfig();
  deploy(GRANTS, GRANTED);
  deploy(SECRETS, NAMED);
  vi.stubEnv('AWS_ENDPOINT_URL_APPCONFIGDATA', appConfig.url);
  world = await startWorld({ CALLER_GRANTS: `appconfig:${GRANTS}`, MANAGED_SECRETS: `appconfig:${SECRETS}` });
});
afterEach(async () => {
  await world.close();
  await appConfig.close();
});

const deploy = (profile: string, document: object) => appConfig.deploy(profile, JSON.stringify(document));

it('an event is granted by the document in AppConfig', async () => {
  expect((await world.run(rotateApiKey())).getResult()).toMatchObject({ outcome: 'works' });
  const other = await world.run(rotateApiKey({}, { source: 'ops.other' }));
  expect(other.getError()?.errorMessage).toContain('the source has no grant');
});

it('an execution goes on as it began, if its grant is taken away while it waits', async () => {
  const result = await world.run(rotateApiKey(), (call) => {
    if (call === 'PutSecretValue') deploy(GRANTS, {});
    return 'live';
  });
  expect(result.getResult()).toMatchObject({ outcome: 'works' });
});

it('an event waits while there never was a good document, and is not refused', async () => {
  appConfig.deploy(GRANTS, 'no JSON');
  const execution = world.run(rotateApiKey());
  // Each try reads both documents: this is the second one.
  await expect.poll(() => appConfig.reads(), { timeout: 25_000, interval: 5 }).toBeGreaterThanOrEqual(4);
  deploy(GRANTS, GRANTED);
  expect((await execution).getResult()).toMatchObject({ outcome: 'works' });
  expect((await world.rotations()).map(({ status }) => status)).toEqual(['succeeded']);
});
