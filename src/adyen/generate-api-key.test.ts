import { afterEach, describe, expect, it } from 'vitest';
import { type AdyenHost, startAdyenHost } from '../../test/support/adyen-host.ts';
import { credential, NOON } from '../../test/support/rotations.ts';
import { Secret } from '../secret.ts';
import { adyenUrl } from './follow-redirect.ts';
import { createGenerateApiKey } from './generate-api-key.ts';
import { createSend, type Send, type UpstreamRequest, type UpstreamResponse } from './send.ts';

const responded = (status: number, text = '', headers: Record<string, string> = {}): UpstreamResponse => ({
  kind: 'responded',
  status,
  header: (name) => headers[name],
  body: { kind: 'complete', text },
});
const KEY = responded(200, '{"apiKey":"AQEnew"}');
const UNREACHED = { kind: 'unreached' } as const;

/** Makes the call with scripted responses, on a clock that only the waits advance. */
async function callWith(
  responses: UpstreamResponse[],
  options: { deadlineIn?: number; random?: number } = {},
) {
  const { deadlineIn = 20_000, random = 0.5 } = options;
  const requests: UpstreamRequest[] = [];
  const waits: number[] = [];
  let time = NOON;
  const send: Send = async (request) => {
    requests.push(request);
    return responses[requests.length - 1] ?? KEY;
  };
  const generate = createGenerateApiKey({
    send,
    baseUrl: 'https://management-test.adyen.com/v3',
    timeoutMs: 10_000,
    now: () => time,
    sleep: async (ms) => {
      waits.push(ms);
      time += ms;
    },
    random: () => random,
    newIdempotencyKey: () => `random ${requests.length + 1}`,
  });
  const result = await generate({
    credential,
    managementKey: new Secret('AQEmanagement'),
    deadline: NOON + deadlineIn,
  });
  return { result, requests, waits };
}

describe('the call to Adyen', () => {
  it('posts to the credential’s path with the management key and a random idempotency key', async () => {
    const { requests } = await callWith([KEY]);
    expect(requests).toEqual([
      {
        method: 'POST',
        url: new URL(
          'https://management-test.adyen.com/v3/merchants/ACME_NL/apiCredentials/S2-5A4E4C0F2B3D/generateApiKey',
        ),
        headers: { 'X-API-Key': 'AQEmanagement', 'Idempotency-Key': 'random 1' },
        timeoutMs: 10_000,
      },
    ]);
  });

  it('shows nothing of its idempotency key, even if Adyen repeats it', async () => {
    const { result } = await callWith([
      responded(422, '{"detail":"random 1 was used"}', { pspreference: 'random 1' }),
    ]);
    expect(result).toMatchObject({ report: { status: 422 } });
    expect(JSON.stringify(result)).not.toContain('random 1');
  });

  it('may take no longer than the time that is left until its deadline', async () => {
    const { requests } = await callWith([KEY], { deadlineIn: 3_000 });
    expect(requests[0]?.timeoutMs).toBe(3_000);
  });

  it('is not made after its deadline', async () => {
    const { result, requests } = await callWith([KEY], { deadlineIn: 0 });
    expect(result).toMatchObject({ kind: 'rejected', code: 'upstream-unreachable' });
    expect(requests).toEqual([]);
  });
});

describe('the call to Adyen is repeated', () => {
  it('if it never reached Adyen, with three attempts at most', async () => {
    const { result, waits } = await callWith([UNREACHED, UNREACHED, UNREACHED, KEY]);
    expect(result).toMatchObject({ kind: 'rejected', code: 'upstream-unreachable', report: { attempts: 3 } });
    expect(waits).toEqual([200, 400]);
  });

  it('with another idempotency key each time: Adyen may keep the response to the first one', async () => {
    const { requests } = await callWith([UNREACHED, UNREACHED]);
    const keys = requests.map(({ headers }) => headers['Idempotency-Key']);
    expect(keys).toEqual(['random 1', 'random 2', 'random 3']);
  });

  it('after a random wait whose upper limit doubles each time (full jitter)', async () => {
    expect((await callWith([UNREACHED, UNREACHED], { random: 0 })).waits).toEqual([0, 0]);
    expect((await callWith([UNREACHED, UNREACHED], { random: 0.999 })).waits).toEqual([399.6, 799.2]);
  });

  it('after the time in Retry-After, if a 429 asks for 2 s or less', async () => {
    const { result, waits } = await callWith([responded(429, '', { 'retry-after': '2' })]);
    expect(result).toMatchObject({ kind: 'key', report: { attempts: 2, durationMs: 2_200 } });
    expect(waits).toEqual([2_200]);
  });
});

describe('the call to Adyen is not repeated', () => {
  it.each<[string, UpstreamResponse]>([
    ['a cut connection', { kind: 'cut' }],
    ['a timeout', { kind: 'timed-out' }],
    ['500', responded(500)],
    ['503 with Retry-After', responded(503, '', { 'retry-after': '0' })],
    ['400', responded(400)],
    ['401', responded(401)],
    ['a success with an unreadable body', responded(200, 'x')],
    ['204', responded(204)],
    ['a 429 that asks for more than 2 s', responded(429, '', { 'retry-after': '3' })],
    ['a 429 without Retry-After', responded(429)],
  ])('after %s', async (_what, response) => {
    expect((await callWith([response, KEY])).requests).toHaveLength(1);
  });

  it('if the wait would end after the deadline', async () => {
    const { requests } = await callWith([responded(429, '', { 'retry-after': '2' })], { deadlineIn: 2_000 });
    expect(requests).toHaveLength(1);
  });
});

describe('a 308', () => {
  let host: AdyenHost;
  afterEach(() => host?.close());

  const call = async (locations: string[], { isComplete = true } = {}) => {
    const received: string[] = [];
    host = await startAdyenHost((incoming, outgoing) => {
      received.push(`${incoming.headers.host}${incoming.url} ${incoming.headers['x-api-key']}`);
      const location = locations[received.length - 1];
      if (location === undefined) outgoing.end('{"apiKey":"AQEnew"}');
      else {
        outgoing.writeHead(308, { Location: location }).flushHeaders();
        if (isComplete) outgoing.end();
      }
    });
    const generate = createGenerateApiKey({
      send: createSend({ tls: host.tls }),
      baseUrl: 'https://management-test.adyen.com/v3',
      timeoutMs: 1_000,
      now: Date.now,
      sleep: async () => {},
      random: Math.random,
      newIdempotencyKey: () => 'random',
    });
    const { kind } = await generate({
      credential,
      managementKey: new Secret('AQEmanagement'),
      deadline: Date.now() + (isComplete ? 2_000 : 200),
    });
    return { kind, received };
  };

  it('is followed once to another Adyen host', async () => {
    const { kind, received } = await call(['https://management-eu.adyen.com/v3/there']);
    expect(kind).toBe('key');
    expect(received[1]).toBe('management-eu.adyen.com/v3/there AQEmanagement');
  });

  it('is followed to another path of the same host', async () => {
    const { received } = await call(['/v3/there']);
    expect(received[1]).toBe('management-test.adyen.com/v3/there AQEmanagement');
  });

  it('is not followed twice', async () => {
    const { kind, received } = await call(['/v3/there', '/v3/elsewhere']);
    expect([kind, received.length]).toEqual(['uncertain', 2]);
  });

  it('is not followed if its body took all the time', async () => {
    const { kind, received } = await call(['/v3/there'], { isComplete: false });
    expect([kind, received.length]).toEqual(['rejected', 1]);
  });

  it('is not followed if its Location is empty', async () => {
    expect((await call([''])).received).toHaveLength(1);
  });

  it('is not followed to a host outside Adyen', async () => {
    const { kind, received } = await call(['https://adyen.com.example/v3/there']);
    expect([kind, received.length]).toEqual(['uncertain', 1]);
  });
});

describe('the target of a redirect', () => {
  const base = new URL('https://management-test.adyen.com/v3/here');

  it.each([
    'https://a.adyen.com/x',
    'https://a.b.adyen.com',
    '/x',
    '//a.adyen.com/x',
    'https://a.adyen.com:443/',
  ])('may be %s', (location) => {
    expect(adyenUrl(location, base)?.hostname).toMatch(/\.adyen\.com$/);
  });

  it.each([
    'http://a.adyen.com/x',
    'https://adyen.com/x',
    'https://evil-adyen.com/x',
    'https://a.adyen.com.evil.example/x',
    'https://a.adyen.com:8443/x',
    'https://user@a.adyen.com/x',
    'https://evil.example/.adyen.com',
    'https://evil.example#.adyen.com',
    'https://evil.example\\.adyen.com',
    'javascript:alert(1)',
    'https://',
  ])('may not be %j', (location) => {
    expect(adyenUrl(location, base)).toBeUndefined();
  });
});
