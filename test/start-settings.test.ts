import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { MANAGEMENT_KEY } from '../src/local/adyen-simulator/seed.ts';
import { startSecretsManager } from '../src/local/secrets-manager/server.ts';
import { anyFreePort } from './support/any-free-port.ts';
import { freePorts, PORTS } from './support/local-ports.ts';
import { runNode } from './support/process.ts';

const START = ['src/local/start.ts'];
/** How long to wait for a process on a busy machine (ms). */
const WAIT_MS = 120_000;
vi.setConfig({ testTimeout: WAIT_MS, hookTimeout: WAIT_MS });

it('npm start stops on Ctrl-C even before it is ready', async () => {
  const ports = await freePorts();
  const keyturn = runNode(START, ports);
  // The first service that it starts; the gateway comes last.
  await vi.waitFor(() => fetch(`http://localhost:${ports.OIDC_PORT}/jwks`), { timeout: WAIT_MS });
  keyturn.child.kill('SIGINT');
  expect(await keyturn.ended, keyturn.output()).toBe(0);
  expect(keyturn.output()).not.toContain('Ctrl-C stops everything.');
});

it('npm start with a real AWS service uses the credentials of a profile, as the AWS CLI does', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-'));
  const file = join(folder, 'credentials');
  await writeFile(file, '[keyturn]\naws_access_key_id = of-a-profile\naws_secret_access_key = secret\n');
  const secretsManager = await startSecretsManager();
  secretsManager.put('keyturn/management', JSON.stringify({ apiKey: MANAGEMENT_KEY }));
  const ports = await freePorts();
  const keyturn = runNode(START, {
    ...ports,
    MANAGEMENT_CREDENTIAL_SECRET_ID: 'keyturn/management',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
    AWS_REGION: 'eu-west-1',
    AWS_PROFILE: 'keyturn',
    AWS_SHARED_CREDENTIALS_FILE: file,
  });
  const isReady = () => expect(keyturn.output()).toContain('Ctrl-C stops everything.');
  await vi.waitFor(isReady, { timeout: WAIT_MS });
  const token = runNode(['src/local/token.ts'], { OIDC_PORT: ports.OIDC_PORT });
  await token.ended;
  const response = await fetch(
    `http://localhost:${ports.PORT}/v1/merchants/ACME_NL/apiCredentials/S2-5A4E4C0F2B3D/generateApiKey`,
    { method: 'POST', headers: { Authorization: `Bearer ${token.output().trim()}` } },
  );
  expect(await response.json()).toMatchObject({ apiKey: expect.stringMatching(/^AQE/) });
  keyturn.child.kill('SIGTERM');
  expect(await keyturn.ended, keyturn.output()).toBe(0);
  await secretsManager.close();
  await rm(folder, { recursive: true });
});

it('npm start has the grants in a local AppConfig, if the setting says so', async () => {
  const ports = { ...(await freePorts()), APPCONFIG_PORT: String(await anyFreePort()) };
  const profile = 'keyturn-local/local/caller-grants';
  const keyturn = runNode(START, { ...ports, CALLER_GRANTS: `appconfig:${profile}` });
  const isReady = () => expect(keyturn.output()).toContain('Ctrl-C stops everything.');
  await vi.waitFor(isReady, { timeout: WAIT_MS });
  expect(keyturn.output()).toContain(`http://localhost:${ports.APPCONFIG_PORT}/_local/${profile}`);
  const token = runNode(['src/local/token.ts'], { OIDC_PORT: ports.OIDC_PORT });
  await token.ended;
  const rotate = async (path: string) => {
    const response = await fetch(`http://localhost:${ports.PORT}/v1/${path}/generateApiKey`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token.output().trim()}` },
    });
    return response.status;
  };
  expect(await rotate('merchants/ACME_NL/apiCredentials/S2-5A4E4C0F2B3D')).toBe(200);
  expect(await rotate('merchants/ACMEX/apiCredentials/S2-5A4E4C0F2B3D')).toBe(403);
  keyturn.child.kill('SIGTERM');
  expect(await keyturn.ended, keyturn.output()).toBe(0);
});

describe('npm start says clearly', () => {
  it('which ports are in use, all at once', async () => {
    const ports = await freePorts();
    const squatters = PORTS.map((name) => createServer().listen(Number(ports[name]), 'localhost'));
    await Promise.all(squatters.map((squatter) => once(squatter, 'listening')));
    const run = runNode(START, ports);
    expect(await run.ended).toBe(1);
    expect(run.output().trim().split('\n')).toEqual(
      PORTS.map((name) => expect.stringMatching(new RegExp(`^Port ${ports[name]} .* Set ${name} `))),
    );
    for (const squatter of squatters) squatter.close();
  });

  it('that two services have the same port', async () => {
    const ports = await freePorts();
    const run = runNode(START, { ...ports, ADYEN_PORT: ports.PORT });
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain(`PORT and ADYEN_PORT are both ${ports.PORT}.`);
  });

  it.each([
    ['PORT must be a port', { PORT: 'http' }],
    ['ROTATION_QUARANTINE_SECONDS must be a whole number', { ROTATION_QUARANTINE_SECONDS: '2m' }],
    ['A real Adyen needs MANAGEMENT_CREDENTIAL_SECRET_ID', { ADYEN_ENVIRONMENT: 'test' }],
    ['OIDC_AUDIENCE is required', { OIDC_ISSUER: 'https://issuer.example.com' }],
  ])('%s', async (message, setting) => {
    const run = runNode(START, { ...(await freePorts()), ...setting });
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain(message);
  });
});

describe('npm run token says clearly', () => {
  it('that no issuer runs', async () => {
    const run = runNode(['src/local/token.ts'], { OIDC_PORT: String(await anyFreePort()) });
    expect(await run.ended).toBe(2);
    expect(run.output()).toContain('Start it with: npm start');
  });

  it('which options it takes', async () => {
    const run = runNode(['src/local/token.ts', '--scopes', 'x']);
    expect(await run.ended).toBe(2);
    expect(run.output()).toContain('Usage: npm run -s token --');
  });
});
