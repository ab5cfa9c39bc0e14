import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  DescribeSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RotationListSchema } from '../src/http/history/rotation-detail.ts';
import { MANAGED_KEYS, MANAGEMENT_KEY } from '../src/local/adyen-simulator/seed.ts';
import { startSecretsManager } from '../src/local/secrets-manager/server.ts';
import { LOCAL_TABLE } from '../src/local/settings.ts';
import { anyFreePort } from './support/any-free-port.ts';
import { type Run, runNode } from './support/process.ts';

const START = ['src/local/start.ts'];
/** How long to wait for a process on a busy machine (ms). */
const WAIT_MS = 120_000;
vi.setConfig({ testTimeout: WAIT_MS, hookTimeout: WAIT_MS });
const LOCAL_AWS = { region: 'eu-west-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
const PORTS = ['PORT', 'OIDC_PORT', 'ADYEN_PORT', 'DYNAMODB_PORT', 'SECRETS_PORT', 'EVENTS_PORT'] as const;

async function freePorts(): Promise<Record<(typeof PORTS)[number], string>> {
  const port = async () => String(await anyFreePort());
  return {
    PORT: await port(),
    OIDC_PORT: await port(),
    ADYEN_PORT: await port(),
    DYNAMODB_PORT: await port(),
    SECRETS_PORT: await port(),
    EVENTS_PORT: await port(),
  };
}

describe('npm start', () => {
  let ports: Awaited<ReturnType<typeof freePorts>>;
  let keyturn: Run;

  beforeAll(async () => {
    ports = await freePorts();
    keyturn = runNode(START, ports);
    const isReady = () => expect(keyturn.output()).toContain('Ctrl-C stops everything.');
    await vi.waitFor(isReady, { timeout: WAIT_MS });
  });
  afterAll(async () => {
    keyturn.child.kill('SIGTERM');
    await keyturn.ended;
  });

  async function token(...args: string[]): Promise<string> {
    const run = runNode(['src/local/token.ts', ...args], { OIDC_PORT: ports.OIDC_PORT });
    expect(await run.ended).toBe(0);
    return run.output().trim();
  }

  async function rotate(id: string, bearer: string, body?: object) {
    const response = await fetch(`http://localhost:${ports.PORT}/v1/merchants/${id}/generateApiKey`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${bearer}`, ...(body && { 'Content-Type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }

  /** Repeats a retryable 503, as the API asks its callers to: on a busy machine, the gateway's AWS calls time out. */
  async function rotateUntilServed(id: string, bearer: string) {
    for (;;) {
      const response = await rotate(id, bearer);
      if (response.status !== 503) return response;
    }
  }

  const generated = async () =>
    (await fetch(`http://localhost:${ports.ADYEN_PORT}/_simulator/generated`)).json();

  it('prints the URL of each service, the speed of its clock and the commands to paste', () => {
    for (const name of PORTS) expect(keyturn.output()).toContain(`http://localhost:${ports[name]}`);
    expect(keyturn.output()).toContain('60 times as fast');
    expect(keyturn.output()).toMatch(/^curl -i -X POST .*generateApiKey/m);
    expect(keyturn.output()).toMatch(/^curl -s '.*\/v1\/rotations\?limit=5'/m);
    expect(keyturn.output()).toMatch(/^curl -s .*DynamoDB_20120810.Query/m);
    expect(keyturn.output()).toMatch(/npm run -s audit:verify -- --all$/m);
    expect(keyturn.output()).toMatch(
      /^DYNAMODB_PORT=\d+ EVENTS_PORT=\d+ npm run -s rotate -- merchants\/ACME_NL/m,
    );
  });

  it('makes the managed API credentials known to the checks of their keys', async () => {
    const endpoint = `http://localhost:${ports.DYNAMODB_PORT}`;
    const client = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, ...LOCAL_AWS }));
    const known = async () => {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: LOCAL_TABLE,
          KeyConditionExpression: 'credential = :places',
          ExpressionAttributeValues: { ':places': 'places' },
        }),
      );
      return Items.map(({ number }) => String(number).replace(/^.*#/, ''));
    };
    const managed = [...MANAGED_KEYS.keys(), 'companies/ACME/apiCredentials/S2-MANAGEMENT'];
    await vi.waitFor(async () => expect((await known()).sort()).toEqual(managed.sort()), WAIT_MS);
    client.destroy();
  });

  it('rotates as the README shows it', async () => {
    const credential = 'ACME_NL/apiCredentials/S2-5A4E4C0F2B3D';
    const bearer = await token();
    expect(await rotate(credential, bearer)).toMatchObject({
      status: 200,
      body: { apiKey: expect.stringMatching(/^AQE/), rotation: { status: 'succeeded' } },
    });
    expect(await rotate(credential, bearer)).toMatchObject({ status: 409, body: { code: 'overlap-active' } });
    const forceful = await token('--scope', 'apikeys:rotate apikeys:force');
    expect(await rotate(credential, forceful, { force: true, reason: 'leaked' })).toMatchObject({
      status: 200,
    });
    const stranger = await token('--client', 'another-app');
    expect(await rotate(credential, stranger)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(await rotate('ACME_NL/apiCredentials/S2%2F5A4E', bearer)).toMatchObject({
      status: 400,
      body: { code: 'malformed-request' },
    });
    expect(await generated()).toEqual({ generated: 2 });
  });

  it('serves 100 callers at once: one rotates a shared credential, each rotates its own', async () => {
    const bearer = await token();
    const callers = Array.from({ length: 100 }, (_, index) => String(index + 1).padStart(3, '0'));
    const statusesOf = async (calls: ReturnType<typeof rotate>[]) =>
      (await Promise.all(calls)).map(({ status }) => status).sort();
    const forOne = await statusesOf(
      callers.map(() => rotateUntilServed('ACME_DE/apiCredentials/S2-7B1C9D3E5F60', bearer)),
    );
    expect(forOne).toEqual([200, ...Array(99).fill(409)]);
    const forAll = await statusesOf(
      callers.map((number) => rotateUntilServed(`ACME_DE/apiCredentials/S2-RACER-${number}`, bearer)),
    );
    expect(forAll).toEqual(Array(100).fill(200));
    expect(await generated()).toEqual({ generated: 2 + 1 + 100 });
  });

  it('lists the rotations in pages, and verifies that no record was edited', async () => {
    const bearer = await token('--scope', 'rotations:read');
    const list = async (query: string) => {
      const url = `http://localhost:${ports.PORT}/v1/rotations?${query}`;
      const response = await fetch(url, { headers: { Authorization: `Bearer ${bearer}` } });
      return v.parse(RotationListSchema, await response.json());
    };
    const first = await list('limit=60');
    const second = await list(`limit=60&cursor=${first.nextCursor}`);
    const ids = [...first.rotations, ...second.rotations].map(({ id }) => id);
    expect(new Set(ids).size).toBe(2 + 1 + 100);

    // A profile of the developer is not used, and need not exist.
    const { DYNAMODB_PORT } = ports;
    const run = runNode(['src/cli/audit-verify.ts', '--all'], { DYNAMODB_PORT, AWS_PROFILE: 'none' });
    expect(await run.ended, run.output()).toBe(0);
    expect(run.output()).toContain('102 API credentials, 103 rotations, 0 anchors: no break');
  });

  describe('promotes a key', () => {
    const managed = 'merchants/ACME_NL/apiCredentials/S2-MANAGED-1';
    const follow = async (...args: string[]) => {
      const { DYNAMODB_PORT, EVENTS_PORT } = ports;
      const run = runNode(['src/cli/rotate.ts', ...args], { DYNAMODB_PORT, EVENTS_PORT });
      return { code: await run.ended, output: run.output() };
    };
    const labels = async (name: string) => {
      const client = new SecretsManagerClient({
        endpoint: `http://localhost:${ports.SECRETS_PORT}`,
        ...LOCAL_AWS,
      });
      const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId: name }));
      client.destroy();
      return Object.values(VersionIdsToStages).map((stages) => stages.sort().join(' '));
    };

    it('that npm run rotate requests and follows step by step', async () => {
      const { code, output } = await follow(managed, '--reason', 'quarterly rotation');
      expect(code).toBe(0);
      expect(output.match(/^\d\d:\d\d:\d\d {2}\w+/gm)?.map((line) => line.slice(10))).toEqual([
        'raised',
        'started',
        'succeeded',
        'verified',
        'promoted',
      ]);
      expect(output).not.toContain('AQE');
      expect((await labels('keyturn/keys/ACME_NL/S2-MANAGED-1')).sort()).toEqual([
        'AWSCURRENT',
        'AWSPREVIOUS',
      ]);
    });

    it('that an event from any AWS SDK requests', async () => {
      const client = new EventBridgeClient({
        endpoint: `http://localhost:${ports.EVENTS_PORT}`,
        ...LOCAL_AWS,
      });
      const Detail =
        '{"level":"merchants","accountId":"ACME_NL","apiCredentialId":"S2-MANAGED-2","reason":"SDK"}';
      await client.send(
        new PutEventsCommand({ Entries: [{ Source: 'keyturn.cli', DetailType: 'RotateApiKey', Detail }] }),
      );
      client.destroy();
      const isPromoted = async () =>
        expect(await labels('keyturn/keys/ACME_NL/S2-MANAGED-2')).toContain('AWSCURRENT');
      await vi.waitFor(isPromoted, { timeout: WAIT_MS, interval: 500 });
    });

    it('that an HTTP request issues, if there is a managed secret', async () => {
      const { status, body } = await rotate('ACME_NL/apiCredentials/S2-MANAGED-3', await token());
      expect([status, body]).toEqual([
        200,
        expect.objectContaining({ rotation: expect.objectContaining({ secret: expect.any(Object) }) }),
      ]);
      const isPromoted = async () =>
        expect(await labels('keyturn/keys/ACME_NL/S2-MANAGED-3')).toContain('AWSCURRENT');
      await vi.waitFor(isPromoted, { timeout: WAIT_MS, interval: 500 });
    });

    it('that Secrets Manager rotates, once it has tested the set-up', async () => {
      const SecretId = 'keyturn/keys/ACME_NL/S2-MANAGED-4';
      const client = new SecretsManagerClient({
        endpoint: `http://localhost:${ports.SECRETS_PORT}`,
        ...LOCAL_AWS,
      });
      await client.send(new RotateSecretCommand({ SecretId, RotateImmediately: false }));
      // It is rejected until the test has ended.
      const rotate = () => client.send(new RotateSecretCommand({ SecretId }));
      await vi.waitFor(rotate, { timeout: WAIT_MS, interval: 500 });
      const isRotated = async () =>
        expect((await labels(SecretId)).sort()).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
      await vi.waitFor(isRotated, { timeout: WAIT_MS, interval: 500 });
      client.destroy();
      const steps = keyturn.output().match(/"message":"(create|set|test|finish)Secret[^"]*"/g);
      expect(steps?.map((step) => step.slice('"message":"'.length, -1))).toEqual([
        'testSecret',
        'createSecret',
        'setSecret',
        'testSecret',
        'finishSecret',
      ]);
    });

    it('unless the event is refused, and npm run rotate says why', async () => {
      const { code, output } = await follow(
        'merchants/ACME_NL/apiCredentials/S2-5A4E4C0F2B3D',
        '--reason',
        'x',
      );
      expect(code).toBe(1);
      expect(output).toContain('no-managed-secret');
    });

    it.each([
      ['a credential path', ['merchants/ACME_NL', '--reason', 'x'], 'Name one credential path'],
      ['a reason', [managed], 'reason'],
      ['a known level', ['shops/ACME_NL/apiCredentials/S2-1', '--reason', 'x'], 'level: must be one of'],
    ])('only if npm run rotate gets %s', async (_what, args, message) => {
      const { code, output } = await follow(...args);
      expect([code, output]).toEqual([2, expect.stringContaining(message)]);
      expect(output).toContain('Usage: npm run rotate --');
    });
  });

  it('passes the smoke test, which rotates nothing', async () => {
    const before = await generated();
    const args = ['--url', `http://localhost:${ports.PORT}`];
    const run = runNode(['src/cli/smoke.ts', ...args, '--token', await token('--scope', 'rotations:read')]);
    expect([await run.ended, run.output().match(/^\w+/gm)]).toEqual([0, Array(7).fill('ok')]);
    const other = runNode(['src/cli/smoke.ts', ...args, '--token', await token()]);
    expect([await other.ended, other.output()]).toEqual([1, expect.stringContaining('403 forbidden')]);
    expect(await generated()).toEqual(before);
  });

  it('explains its problem codes', async () => {
    const explain = (code: string) => fetch(`http://localhost:${ports.PORT}/problems/${code}`);
    expect(await (await explain('overlap-active')).text()).toContain('What to do:');
    const unknown = await explain('no-such-code');
    expect([unknown.status, await unknown.json()]).toEqual([
      404,
      expect.objectContaining({ code: 'not-found' }),
    ]);
  });

  it('logs one line for each request', () => {
    const requests = keyturn
      .output()
      .split('\n')
      .filter((line) => line.includes('"message":"request"'));
    expect(requests.length).toBeGreaterThan(200);
  });

  it('stops everything on Ctrl-C', async () => {
    keyturn.child.kill('SIGINT');
    expect(await keyturn.ended, keyturn.output()).toBe(0);
    for (const name of PORTS) {
      await expect(fetch(`http://localhost:${ports[name]}/health`), name).rejects.toThrow('fetch failed');
    }
  });
});

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
  it.each(PORTS)('that the port in %s is already in use, and how to change it', async (name) => {
    const ports = await freePorts();
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(Number(ports[name]), 'localhost', resolve));
    const run = runNode(START, ports);
    expect(await run.ended).toBe(1);
    expect(run.output()).toMatch(
      new RegExp(`^Port ${ports[name]} is already in use, .* Set ${name} to another port\\.\\n$`),
    );
    squatter.close();
  });

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
