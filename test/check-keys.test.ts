import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Context, ScheduledEvent } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createProbe } from '../src/adyen/probe.ts';
import { createSend } from '../src/adyen/send.ts';
import { createAuditLog } from '../src/dynamodb/audit-log.ts';
import { createFindByPlace, indexCredential } from '../src/dynamodb/credential-index.ts';
import { createReportDeadKey } from '../src/event-bus/report-dead-key.ts';
import { type AdyenSimulator, startAdyenSimulator } from '../src/local/adyen-simulator/server.ts';
import { startDynamoDb } from '../src/local/dynamodb.ts';
import { type LocalEventBus, startEventBus } from '../src/local/event-bus/server.ts';
import { type LocalSecretsManager, startSecretsManager } from '../src/local/secrets-manager/server.ts';
import { LOCAL_BUS, LOCAL_TABLE, settingsOf } from '../src/local/settings.ts';
import { type ApiCredential, credentialPath } from '../src/rotation/api-credential.ts';
import { createCheckKeys, type Window, windowsAt } from '../src/rotation/check-keys.ts';
import { createNoteRollback } from '../src/rotation/rollback.ts';
import { createManagedSecret } from '../src/secrets-manager/managed-secret.ts';
import { metricsWith, silentLog } from './support/deps.ts';
import { type FaultyProxy, startFaultyProxy } from './support/faulty-proxy.ts';
import { captureOutput } from './support/output.ts';
import { NOON } from './support/rotations.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const EVERYTHING: Window[] = [{ from: 0, to: 1 }];
const AWS = {
  region: 'local',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  maxAttempts: 1,
};

const credentialNumber = (index: number): ApiCredential => ({
  level: 'merchants',
  accountId: 'ACME_NL',
  apiCredentialId: `S2-MANAGED-${index}`,
});
const secretOf = ({ apiCredentialId }: ApiCredential) => `keyturn/keys/ACME_NL/${apiCredentialId}`;

let adyen: AdyenSimulator;
let secretsManager: LocalSecretsManager;
let bus: LocalEventBus;
let dynamoDb: Awaited<ReturnType<typeof startDynamoDb>>;
/** Every call of AWS goes through one of these, and is counted there. */
let proxies: FaultyProxy[];
let table: DynamoDBDocumentClient;
let time: number;
let counted: Record<string, number>;
let checkKeys: ReturnType<typeof createCheckKeys>;

/** API credentials with a managed secret, and the key of each, which works. */
const CREDENTIALS = Array.from({ length: 40 }, (_, index) => credentialNumber(index + 1));
const KEYS = new Map(CREDENTIALS.map((credential, index) => [credentialPath(credential), `AQEkey${index}`]));

beforeEach(async () => {
  time = NOON;
  counted = {};
  const seed = [...KEYS].map(([path, key]) => ({ path, roles: ['Checkout webservice role'], key }));
  [adyen, dynamoDb, secretsManager, bus] = await Promise.all([
    startAdyenSimulator({ now: () => time, seed }),
    startDynamoDb(LOCAL_TABLE),
    startSecretsManager(),
    startEventBus({ rules: [], deliver() {} }),
  ]);
  const [atDynamoDb, atSecretsManager, atBus] = await Promise.all([
    startFaultyProxy(dynamoDb.url),
    startFaultyProxy(secretsManager.url),
    startFaultyProxy(bus.url),
  ]);
  proxies = [atDynamoDb, atSecretsManager, atBus];
  table = DynamoDBDocumentClient.from(new DynamoDBClient({ ...AWS, endpoint: atDynamoDb.url }));
  const secrets = new SecretsManagerClient({ ...AWS, endpoint: atSecretsManager.url });
  const events = new EventBridgeClient({ ...AWS, endpoint: atBus.url });
  checkKeys = createCheckKeys({
    findByPlace: createFindByPlace(table, LOCAL_TABLE),
    managedSecretOf: (credential) =>
      credential.accountId === 'ACME_NL' ? createManagedSecret(secrets, secretOf(credential)) : undefined,
    probe: createProbe({ send: createSend(), baseUrl: adyen.url, timeoutMs: 1_000 }),
    reportDeadKey: createReportDeadKey(events, LOCAL_BUS),
    noteRollback: createNoteRollback({
      audit: createAuditLog(table, LOCAL_TABLE),
      async recordKeyEvent() {
        throw new Error('no key was promoted here');
      },
      now: () => time,
    }),
    now: () => time,
    sleep: async (ms) => {
      time += ms;
    },
    log: silentLog,
    metrics: metricsWith({
      countCheckedKey(seen, count = 1) {
        counted[seen] = (counted[seen] ?? 0) + count;
      },
    }),
  });
});
afterEach(async () => {
  table.destroy();
  await Promise.all([...proxies, adyen, dynamoDb, secretsManager, bus].map((service) => service.close()));
});

/** Makes API credentials known to the checks, as their first rotation does, and forgets the calls. */
async function index(credentials: readonly ApiCredential[]): Promise<void> {
  for (const credential of credentials) {
    await indexCredential(table, LOCAL_TABLE, credential);
    const apiKey = KEYS.get(credentialPath(credential));
    secretsManager.put(secretOf(credential), JSON.stringify({ apiKey }));
  }
  for (const { operations } of proxies) operations.length = 0;
}
const check = (windows = EVERYTHING, timeLeftMs = MINUTE_MS) => checkKeys(windows, time + timeLeftMs);
const operations = () => proxies.flatMap((proxy) => proxy.operations);

describe('a check of a key in use', () => {
  const [one = credentialNumber(1)] = CREDENTIALS;

  it('costs one GET /me, three reads and no write if nothing has changed', async () => {
    await index([one]);
    expect(await check()).toEqual({ seen: { works: 1 }, isPartial: false });
    expect(adyen.probes).toEqual([{ credential: credentialPath(one), status: 403 }]);
    expect(operations()).toEqual(['Query', 'Query', 'GetSecretValue']);
    expect([counted, adyen.received]).toEqual([{ works: 1 }, []]);
  });

  it('asks the workflow to replace a key that is unauthorized three times in a row', async () => {
    await index([one]);
    adyen.faults.order({ kind: 'respond', operation: 'me', status: 401, times: 3 });
    expect(await check()).toMatchObject({ seen: { dead: 1 } });
    const versionId = secretsManager.staged(secretOf(one)).AWSCURRENT?.id;
    expect(bus.events).toMatchObject([
      {
        source: 'keyturn',
        'detail-type': 'ApiKeyDead',
        detail: { credential: one, versionId, seen: 'GET /me answered 401' },
      },
    ]);
    expect([adyen.probes.length, counted]).toEqual([3, { dead: 1 }]);
  });

  it('leaves a key alone that was unauthorized twice and then works', async () => {
    await index([one]);
    adyen.faults.order({ kind: 'respond', operation: 'me', status: 401, times: 2 });
    expect(await check()).toMatchObject({ seen: { works: 1 } });
    expect(bus.events).toEqual([]);
  });

  it('leaves a key alone if Adyen does not say whether it works', async () => {
    await index([one]);
    adyen.faults.order({ kind: 'respond', operation: 'me', status: 503, times: 5 });
    expect(await check()).toMatchObject({ seen: { unclear: 1 } });
    expect([bus.events, adyen.probes.length]).toEqual([[], 5]);
  });

  it('is tried again after a hiccup of AWS', async () => {
    await index(CREDENTIALS.slice(0, 6));
    // One key may meet both: it is tried three times.
    proxies[1]?.fail('GetSecretValue', 'refuse', 'refuse');
    expect(await check()).toMatchObject({ seen: { works: 6 } });
  });

  it('is tried again after a hiccup of Adyen', async () => {
    await index([one]);
    adyen.faults.order({ kind: 'cut', operation: 'me', when: 'before' });
    adyen.faults.order({ kind: 'respond', operation: 'me', status: 503 });
    expect(await check()).toMatchObject({ seen: { works: 1 } });
  });

  it('does not let an unclear answer hide a death', async () => {
    await index([one]);
    for (const status of [401, 503, 401, 401]) {
      adyen.faults.order({ kind: 'respond', operation: 'me', status });
    }
    expect(await check()).toMatchObject({ seen: { dead: 1 } });
    expect(adyen.probes.map(({ status }) => status)).toEqual([401, 503, 401, 401]);
  });

  it('says that there is no key if the secret does not exist', async () => {
    await indexCredential(table, LOCAL_TABLE, one);
    expect(await check()).toMatchObject({ seen: { 'no-key': 1 } });
    expect([counted, bus.events]).toEqual([{ 'no-key': 1 }, []]);
  });

  it('that fails for good does not keep the others from being checked', async () => {
    await index(CREDENTIALS.slice(0, 6));
    secretsManager.put(secretOf(one), 'no key');
    expect(await check()).toMatchObject({ seen: { 'no-key': 1, works: 5 } });
  });

  it('is not made for an API credential without a managed secret', async () => {
    await indexCredential(table, LOCAL_TABLE, { ...one, accountId: 'OTHER' });
    expect(await check()).toEqual({ seen: {}, isPartial: false });
    expect(adyen.probes).toEqual([]);
  });
});

describe('the work of one run', () => {
  it('ends while there is time to finish what was begun, and says that it is partial', async () => {
    await index(CREDENTIALS);
    adyen.faults.order({ kind: 'respond', operation: 'me', status: 401, times: 30 });
    // Each dead key takes two pauses of 5 seconds; 20 seconds are kept back.
    const { seen, isPartial } = await check(EVERYTHING, 50_000);
    expect(isPartial).toBe(true);
    expect(seen.dead).toBeGreaterThan(0);
    expect(seen.dead).toBeLessThanOrEqual(7);
  });

  it('checks at most four keys at once', async () => {
    await index(CREDENTIALS);
    let atOnce = 0;
    let most = 0;
    const bounded = createCheckKeys({
      findByPlace: createFindByPlace(table, LOCAL_TABLE),
      managedSecretOf: () =>
        createManagedSecret(
          new SecretsManagerClient({ ...AWS, endpoint: secretsManager.url }),
          secretOf(credentialNumber(1)),
        ),
      async probe() {
        atOnce += 1;
        most = Math.max(most, atOnce);
        await new Promise((resolve) => setTimeout(resolve, 2));
        atOnce -= 1;
        return { kind: 'works', seen: 'GET /me answered 200' };
      },
      reportDeadKey: async () => {},
      noteRollback: async () => {},
      now: () => time,
      sleep: async () => {},
      log: silentLog,
      metrics: metricsWith(),
    });
    expect(await bounded(EVERYTHING, time + MINUTE_MS)).toMatchObject({
      seen: { works: CREDENTIALS.length },
    });
    expect(most).toBe(4);
  });
});

describe('the runs of one interval', () => {
  it.each([
    ['from its beginning', NOON],
    ['from any moment on', NOON + 17 * MINUTE_MS + 12_345],
  ])('check each key once, %s', async (_from, start) => {
    await index(CREDENTIALS);
    for (let at = start; at < start + HOUR_MS; at += MINUTE_MS) {
      await check(windowsAt(at, MINUTE_MS, HOUR_MS));
    }
    expect(adyen.probes.map(({ credential }) => credential).sort()).toEqual([...KEYS.keys()].sort());
  });

  it('check every key at each run if the interval is no longer than the time between two runs', () => {
    expect(windowsAt(NOON, MINUTE_MS, MINUTE_MS)).toEqual(EVERYTHING);
  });

  it('spread 10,000 keys at the default interval evenly: no run has half as many again as the average', async () => {
    const places: string[] = [];
    const mock = mockClient(DynamoDBDocumentClient);
    mock.on(PutCommand).callsFake(({ Item }) => {
      if (Item.credential === 'places') places.push(Item.number);
    });
    mock.on(QueryCommand).callsFake(({ ExpressionAttributeValues: values }) => ({
      Items: places
        .filter((place) => place >= values[':from'] && place <= values[':to'])
        .map((number) => ({ number })),
    }));
    for (let count = 1; count <= 10_000; count += 1) {
      await indexCredential(table, LOCAL_TABLE, credentialNumber(count));
    }
    const findByPlace = createFindByPlace(table, LOCAL_TABLE);
    const runs: number[] = [];
    for (let at = NOON; at < NOON + HOUR_MS; at += MINUTE_MS) {
      let found = 0;
      for (const { from, to } of windowsAt(at, MINUTE_MS, HOUR_MS)) {
        for await (const _credential of findByPlace(from, to)) found += 1;
      }
      runs.push(found);
    }
    mock.restore();
    const average = 10_000 / 60;
    expect(runs.reduce((sum, count) => sum + count, 0)).toBe(10_000);
    expect(Math.max(...runs)).toBeLessThan(1.5 * average);
    expect(Math.min(...runs)).toBeGreaterThan(0.5 * average);
  });
});

describe('the function checkKeys', () => {
  async function run(KEY_CHECK_SECONDS: string) {
    await index(CREDENTIALS);
    const environment = { ...process.env };
    const settings = settingsOf({ adyen, dynamoDb, secretsManager, eventBus: bus });
    for (const credential of CREDENTIALS) {
      secretsManager.put(
        secretOf(credential),
        JSON.stringify({ apiKey: KEYS.get(credentialPath(credential)) }),
      );
    }
    Object.assign(process.env, settings, { KEY_CHECK_SECONDS });
    vi.resetModules();
    const output = captureOutput();
    try {
      const { handler } = await import('../src/handlers/check-keys.ts');
      // The function reads only these fields.
      const event = { time: new Date(NOON).toISOString() } as ScheduledEvent;
      return await handler(event, { getRemainingTimeInMillis: () => MINUTE_MS } as Context);
    } finally {
      output.release();
      process.env = environment;
    }
  }

  it('checks the keys whose turn it is, by its interval', async () => {
    expect(await run('60')).toMatchObject({ seen: { works: CREDENTIALS.length } });
    expect(adyen.probes).toHaveLength(CREDENTIALS.length);
  });

  it('checks nothing if KEY_CHECK_SECONDS is 0', async () => {
    expect(await run('0')).toEqual({ seen: {}, isPartial: false });
    expect([adyen.probes, secretsManager.reads]).toEqual([[], []]);
  });
});
