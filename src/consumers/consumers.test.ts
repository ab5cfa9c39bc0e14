import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type LocalStack, startLocalStack } from '../../test/support/local-stack.ts';
import type { ApiCredential } from '../rotation/api-credential.ts';
import { fingerprint } from '../rotation/api-key.ts';
import { Secret } from '../secret.ts';
import { createCallAdyen, type ReadKey } from './call-adyen.ts';
import { createLambdaKey } from './lambda-key.ts';
import { createMountedKey } from './mounted-key.ts';
import { createServiceKey } from './service-key.ts';

/** 24 hours take 24 s, so that the second for which a consumer caches its key is an hour. */
const SCALE = 3_600;
const CALL_EVERY_MS = 50;
const CACHE_MS = 1_000;
const HOUR_MS = 60 * 60_000;

type Consumer = (stack: LocalStack, credential: ApiCredential, folder: string) => ReadKey;

const lambda =
  (maxAge: number): Consumer =>
  (stack, credential) => {
    const secrets = new SecretsProvider({ awsSdkV3Client: stack.secretsManagerClient });
    return createLambdaKey({ secretId: stack.secretId(credential), maxAge, secrets });
  };
const service =
  (refreshMs: number): Consumer =>
  (stack, credential) =>
    createServiceKey({
      client: stack.secretsManagerClient,
      secretId: stack.secretId(credential),
      refreshMs,
    });
const mounted: Consumer = (stack, credential, folder) => {
  const path = join(folder, credential.apiCredentialId);
  const read = createMountedKey(path);
  // In the place of External Secrets and the kubelet: the file is replaced at once, as by the change of a symbolic link.
  let copiedAt = 0;
  return async (options) => {
    if (Date.now() - copiedAt >= CACHE_MS) {
      copiedAt = Date.now();
      await writeFile(`${path}.new`, stack.currentKey(credential));
      await rename(`${path}.new`, path);
    }
    return read(options);
  };
};
/** What the examples are there to prevent. */
const atStart: Consumer = (stack, credential) => {
  const key = stack.currentKey(credential);
  return async () => key;
};

const CONSUMERS: [string, Consumer][] = [
  ['a Lambda function with Powertools', lambda(CACHE_MS / 1000)],
  ['a Lambda function whose cache outlives the overlap, by the 401', lambda(3_600)],
  ['a service that runs long, on ECS for instance', service(CACHE_MS)],
  ['a service whose cache outlives the overlap, by the 401', service(HOUR_MS)],
  ['a pod with a mounted Secret', mounted],
  ['an app that reads its key at its start', atStart],
];

/** What became of the calls of one consumer. */
type Tally = { calls: number; refused: number; keys: string[] };

describe('through a whole rotation, with a payment call every 50 ms', () => {
  let stack: LocalStack;
  let folder: string;
  const tallies = new Map<string, Tally>();
  const previousKeys: string[] = [];

  beforeAll(async () => {
    const path = (index: number) => `merchants/ACME_NL/apiCredentials/S2-CAMPAIGN-${index}`;
    stack = await startLocalStack(
      CONSUMERS.map((_consumer, index) => path(index)),
      SCALE,
    );
    folder = await mkdtemp(join(tmpdir(), 'keyturn-consumers-'));
    previousKeys.push(...stack.credentials.map(stack.currentKey));
    const ended = new AbortController();
    const calling = CONSUMERS.map(async ([name, consumer], index) => {
      const credential = stack.credentials[index];
      if (!credential) return;
      const tally: Tally = { calls: 0, refused: 0, keys: [] };
      tallies.set(name, tally);
      const callAdyen = createCallAdyen<Response>({
        readKey: consumer(stack, credential, folder),
        acknowledge: async (fingerprint) => {
          tally.keys.push(fingerprint);
        },
      });
      while (!ended.signal.aborted) {
        // A payment stands or falls with its key: the simulator has `GET /me` to show that.
        const { status } = await callAdyen((key) =>
          fetch(`${stack.adyen.url}/me`, { headers: { 'X-API-Key': key } }),
        );
        tally.calls += 1;
        if (status === 401) tally.refused += 1;
        await sleep(CALL_EVERY_MS);
      }
    });
    try {
      await sleep(500);
      const run = stack.rotate(
        'merchants/ACME_NL/apiCredentials/*',
        '--reason',
        'x',
        '--yes',
        '--rate',
        '50',
      );
      expect(await run.ended, run.output()).toBe(0);
      const areDead = () => previousKeys.every((key) => !stack.adyen.credentials.authenticate(key));
      while (!areDead()) await sleep(100);
      await sleep(1_500);
    } finally {
      ended.abort();
      await Promise.all(calling);
    }
  }, 120_000);
  afterAll(async () => {
    await stack.close();
    await rm(folder, { recursive: true });
  });

  it.each(CONSUMERS.slice(0, -1))('%s has no refused call', (name) => {
    const { calls, refused, keys } = tallies.get(name) ?? { calls: 0, refused: 0, keys: [] };
    expect(refused).toBe(0);
    expect(calls).toBeGreaterThan(50);
    expect(new Set(keys).size).toBe(2);
  });

  it('each learns the fingerprint of the key that it uses now, which the audit has too', async () => {
    for (const [index, [name]] of CONSUMERS.slice(0, -1).entries()) {
      const credential = stack.credentials[index];
      const newest = credential && (await stack.audit.newest(credential));
      const fingerprint = newest?.status === 'succeeded' ? newest.key?.fingerprint : undefined;
      expect(tallies.get(name)?.keys.at(-1)).toBe(fingerprint);
    }
  });

  it('an app that reads its key at its start is refused once the previous key has ended', () => {
    expect(tallies.get('an app that reads its key at its start')?.refused).toBeGreaterThan(10);
  });
});

describe('an acknowledgement', () => {
  const answers: ('ok' | Error)[] = [];
  let time = 0;

  /** An app with this key, whose acknowledgements end as `answers` says. */
  function createApp(key: () => string) {
    const told: string[] = [];
    const errors: unknown[] = [];
    const callAdyen = createCallAdyen({
      readKey: async () => key(),
      acknowledge: async (fingerprint) => {
        told.push(fingerprint);
        const answer = answers.shift();
        if (answer instanceof Error) throw answer;
      },
      onError: (error) => errors.push(error),
      now: () => time,
    });
    const pay = (status: number) => callAdyen(async () => ({ status }));
    return { pay, told, errors };
  }

  it('is made once for each key that Adyen has accepted', async () => {
    let key = 'AQEfirst';
    const { pay, told } = createApp(() => key);
    await pay(401);
    expect(told).toEqual([]);
    await pay(200);
    await pay(422);
    key = 'AQEsecond';
    await pay(200);
    expect(told).toEqual([fingerprint(new Secret('AQEfirst')), fingerprint(new Secret('AQEsecond'))]);
  });

  it('that fails refuses no payment, and is made again a minute later', async () => {
    const { pay, told, errors } = createApp(() => 'AQEfirst');
    answers.push(new Error('no connection'), 'ok');
    expect(await pay(200)).toEqual({ status: 200 });
    await setImmediate();
    expect(errors).toEqual([new Error('no connection')]);
    await pay(200);
    expect(told).toHaveLength(1);
    time += 60_000;
    await pay(200);
    await pay(200);
    expect(told).toHaveLength(2);
  });
});

describe('a service', () => {
  it('uses the key that it has while Secrets Manager does not respond', async () => {
    const stack = await startLocalStack(['merchants/ACME_NL/apiCredentials/S2-CAMPAIGN-1'], 60);
    const [credential] = stack.credentials;
    if (!credential) throw new Error('no credential');
    let time = 0;
    const client = stack.secretsManagerClient;
    const readKey = createServiceKey({ client, secretId: stack.secretId(credential), now: () => time });
    const key = await readKey({ fresh: false });
    stack.setSecretsOutage(true);
    time += HOUR_MS;
    expect(await readKey({ fresh: false })).toBe(key);
    await expect(readKey({ fresh: true })).rejects.toThrow();
    await stack.close();
  });
});

describe('kubernetes.yaml', () => {
  it('refreshes the Secret often, mounts the whole Secret, and reloads the pods that need it', async () => {
    const text = await readFile(new URL('kubernetes.yaml', import.meta.url), 'utf8');
    const [externalSecret, deployment] = parseAllDocuments(text).map((document) => document.toJS());
    const { refreshInterval, target, data } = externalSecret.spec;
    expect(refreshInterval).toBe('5m');
    expect(data).toEqual([
      { secretKey: 'apiKey', remoteRef: expect.objectContaining({ property: 'apiKey' }) },
    ]);
    const { containers, volumes } = deployment.spec.template.spec;
    expect(volumes).toEqual([{ name: 'adyen-key', secret: { secretName: target.name } }]);
    expect(containers[0].volumeMounts[0]).not.toHaveProperty('subPath');
    expect(deployment.metadata.annotations).toEqual({ 'secret.reloader.stakater.com/reload': target.name });
  });
});
