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
import { createAcknowledge } from '../src/consumers/acknowledge.ts';
import { RotationListSchema } from '../src/http/history/rotation-detail.ts';
import { MANAGED_KEYS } from '../src/local/adyen-simulator/seed.ts';
import { LOCAL_TABLE } from '../src/local/settings.ts';
import { KeyStateSchema } from '../src/rotation/key-state-schema.ts';
import { freePorts, PORTS } from './support/local-ports.ts';
import { type Run, runNode } from './support/process.ts';

const START = ['src/local/start.ts'];
/** How long to wait for a process on a busy machine (ms). */
const WAIT_MS = 120_000;
vi.setConfig({ testTimeout: WAIT_MS, hookTimeout: WAIT_MS });
const LOCAL_AWS = { region: 'eu-west-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
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

  it('prints the URL of each service, the speed of its clock and three commands to paste', () => {
    for (const name of PORTS) expect(keyturn.output()).toContain(`http://localhost:${ports[name]}`);
    for (const page of ['console', 'docs'])
      expect(keyturn.output()).toContain(`http://localhost:${ports.PORT}/${page}`);
    expect(keyturn.output()).toContain('60 times as fast');
    expect(keyturn.output().match(/^# .*\n.*/gm)).toEqual([
      expect.stringMatching(/\nPORT=\d+ OIDC_PORT=\d+ npm run -s rotate -- merchants\/ACME_NL.* --dry-run$/),
      expect.stringMatching(
        /\ncurl -i -X POST -H "Authorization: Bearer \$\(OIDC_PORT=\d+ npm run -s token\)" \\$/,
      ),
      expect.stringMatching(
        /\nDYNAMODB_PORT=\d+ EVENTS_PORT=\d+ npm run -s rotate -- merchants\/ACME_NL.* --reason/,
      ),
    ]);
  });

  it('prints nothing before that but the log of the functions', () => {
    const [before = ''] = keyturn.output().split('Keyturn runs.');
    const lines = before.trim().split('\n').filter(Boolean);
    expect(lines.filter((line) => !line.includes('"message":"enrolment"'))).toEqual([]);
  });

  it('gives each request an id of its own, in the response and in the log', async () => {
    const idOf = async () =>
      (await fetch(`http://localhost:${ports.PORT}/health`)).headers.get('X-Request-Id') ?? '';
    const ids = await Promise.all(Array.from({ length: 20 }, idOf));
    expect(new Set(ids).size).toBe(20);
    for (const id of ids) {
      expect(id).toMatch(/^[\w-]{15}=$/);
      await vi.waitFor(() => expect(keyturn.output()).toContain(`"requestId":"${id}"`));
    }
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

  describe('npm run rotate -- … --dry-run', () => {
    const dryRun = async (...args: string[]) => {
      const { PORT, OIDC_PORT } = ports;
      const run = runNode(['src/cli/rotate.ts', '--dry-run', ...args], { PORT, OIDC_PORT });
      return { code: await run.ended, lines: run.output().trim().split('\n') };
    };

    it('prints one line for each check, ends with 0 if a rotation would work, and generates nothing', async () => {
      const before = await generated();
      const { code, lines } = await dryRun('merchants/ACME_NL/apiCredentials/S2-MANAGED-4');
      expect([code, lines.at(-1)]).toEqual([0, 'A rotation would work now.']);
      expect(lines.slice(0, -1).map((line) => line.split(/ +/)[0])).toEqual(Array(15).fill('passed'));
      expect(await generated()).toEqual(before);
    });

    it('ends with 1 if a rotation would not work, and says why and what to do', async () => {
      const { code, lines } = await dryRun('merchants/ACME_NL/apiCredentials/S2-INACTIVE');
      expect(code).toBe(1);
      expect(lines).toContainEqual(
        expect.stringMatching(/^failed +api-credential-active +upstream-validation: .*Activate it/),
      );
    });

    it('judges a forced rotation with --force', async () => {
      const rotated = 'merchants/ACME_NL/apiCredentials/S2-5A4E4C0F2B3D';
      expect(await dryRun(rotated)).toMatchObject({ code: 1 });
      expect(await dryRun(rotated, '--force')).toMatchObject({ code: 0 });
    });

    it('ends with 1 and the problem if the caller may not rotate', async () => {
      const { code, lines } = await dryRun(
        'merchants/ACME_NL/apiCredentials/S2-INACTIVE',
        '--token',
        await token('--client', 'another-app'),
      );
      expect([code, lines]).toEqual([1, [expect.stringMatching(/^failed +request +403 forbidden: /)]]);
    });
  });

  it('checks the key in use on request', async () => {
    const { PORT } = ports;
    const path = 'merchants/ACME_NL/apiCredentials/S2-MANAGED-4';
    const response = await fetch(`http://localhost:${PORT}/v1/${path}/check`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${await token()}` },
    });
    expect([response.status, await response.json()]).toMatchObject([200, { result: 'works' }]);
  });

  it('notes which key a consumer uses that has copied the example', async () => {
    const api = `http://localhost:${ports.PORT}`;
    const credential = 'merchants/ACME_NL/apiCredentials/S2-5A4E4C0F2B3D';
    const headers = { Authorization: `Bearer ${await token('--scope', 'rotations:read')}` };
    const state = async () =>
      v.parse(KeyStateSchema, await (await fetch(`${api}/v1/${credential}`, { headers })).json());
    const { pendingKey, keyInUse } = await state();
    const { keyFingerprint = '' } = pendingKey ?? keyInUse ?? {};
    const consumer = { api, credential, consumerId: 'checkout-eu' };
    const readToken = () => token('--scope', 'apikeys:acknowledge');
    await createAcknowledge({ ...consumer, readToken })(keyFingerprint);
    expect((await state()).consumers).toMatchObject([{ consumerId: 'checkout-eu', keyFingerprint }]);
    const refused = createAcknowledge({ ...consumer, readToken: async () => 'none' })(keyFingerprint);
    await expect(refused).rejects.toThrow('unauthenticated');
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
      // A read of the secret may not see the last write at once.
      const isPromoted = async () =>
        expect((await labels('keyturn/keys/ACME_NL/S2-MANAGED-1')).sort()).toEqual([
          'AWSCURRENT',
          'AWSPREVIOUS',
        ]);
      await vi.waitFor(isPromoted, { timeout: WAIT_MS, interval: 500 });
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
    const both = await token('--scope', 'rotations:read apikeys:rotate');
    const credential = 'merchants/ACME_NL/apiCredentials/S2-MANAGED-4';
    const run = runNode(['src/cli/smoke.ts', ...args, '--token', both, '--credential', credential]);
    expect([await run.ended, run.output().match(/^\w+/gm)]).toEqual([0, Array(8).fill('ok')]);
    const other = runNode(['src/cli/smoke.ts', ...args, '--token', await token()]);
    expect([await other.ended, other.output()]).toEqual([1, expect.stringContaining('403 forbidden')]);
    expect(await generated()).toEqual(before);
  });

  it('serves its pages to a browser', async () => {
    const get = (path: string) =>
      fetch(`http://localhost:${ports.PORT}${path}`, {
        headers: { Accept: 'text/html,*/*;q=0.8', 'Accept-Encoding': 'br' },
      });
    for (const path of ['/', '/problems', '/problems/overlap-active'])
      expect(await (await get(path)).text(), path).toContain('<h1>');
    const docs = await (await get('/docs')).text();
    const [, script = ''] = /<script type="module" src="([^"]+)"/.exec(docs) ?? [];
    const response = await get(script);
    expect([response.status, response.headers.get('Content-Encoding')]).toEqual([200, 'br']);
    expect(await response.text()).toContain('listRotationsOfCredential');
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
