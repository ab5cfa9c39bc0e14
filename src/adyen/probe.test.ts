import { describe, expect, it } from 'vitest';
import { credential } from '../../test/support/rotations.ts';
import { Secret } from '../secret.ts';
import { createProbe } from './probe.ts';
import type { UpstreamBody, UpstreamRequest, UpstreamResponse } from './send.ts';

const { apiCredentialId } = credential;

const answered = (
  status: number,
  body: UpstreamBody | string = '',
  headers: Record<string, string> = {},
): UpstreamResponse => ({
  kind: 'responded',
  status,
  header: (name) => headers[name],
  body: typeof body === 'string' ? { kind: 'complete', text: body } : body,
});
const me = (id: unknown) => JSON.stringify({ id, username: 'ws_1@Company.Acme', active: true });

/** Asks whether a key works, with scripted exchanges. The last one comes again and again. */
async function probeWith(...exchanges: [UpstreamResponse, ...UpstreamResponse[]]) {
  const requests: UpstreamRequest[] = [];
  const probe = createProbe({
    async send(request) {
      requests.push(request);
      return exchanges[requests.length - 1] ?? exchanges[0];
    },
    baseUrl: 'https://management-test.adyen.com/v3',
    timeoutMs: 10_000,
  });
  return { result: await probe(credential, new Secret('AQEnew')), requests };
}

describe('the question whether a key works', () => {
  it('is asked of Adyen with the key itself', async () => {
    const { requests } = await probeWith(answered(403));
    expect(requests).toEqual([
      {
        method: 'GET',
        url: new URL('https://management-test.adyen.com/v3/me'),
        headers: { 'X-API-Key': 'AQEnew' },
        timeoutMs: 10_000,
      },
    ]);
  });

  it.each<[string, UpstreamResponse, string, string]>([
    ['401', answered(401, '{"status":401}'), 'unauthorized', 'GET /me answered 401'],
    ['403', answered(403, '{"status":403,"title":"Forbidden"}'), 'works', 'GET /me answered 403'],
    ['200 with its id', answered(200, me(apiCredentialId)), 'works', 'GET /me answered 200'],
    [
      '200 with another id',
      answered(200, me('S2-OTHER')),
      'another-credential',
      'GET /me answered 200 for another API credential',
    ],
    ['200 without an id', answered(200, '{}'), 'unclear', 'GET /me answered 200 without an id'],
    ['200 with an id of another type', answered(200, me(1)), 'unclear', 'GET /me answered 200 without an id'],
    ['200 with HTML', answered(200, '<html>AQEnew</html>'), 'unclear', 'GET /me answered 200 without an id'],
    ['200 with half a body', answered(200, '{"id":"S2-'), 'unclear', 'GET /me answered 200 without an id'],
    ['200 cut off', answered(200, { kind: 'cut' }), 'unclear', 'GET /me answered 200'],
    ['200 that took too long', answered(200, { kind: 'timed-out' }), 'unclear', 'GET /me answered 200'],
    ['200 that is too large', answered(200, { kind: 'too-large' }), 'unclear', 'GET /me answered 200'],
    ['204', answered(204), 'unclear', 'GET /me answered 204'],
    ['302', answered(302, '', { location: '/login' }), 'unclear', 'GET /me answered 302'],
    ['308 to nowhere', answered(308), 'unclear', 'GET /me answered 308'],
    ['404', answered(404), 'unclear', 'GET /me answered 404'],
    ['429', answered(429), 'unclear', 'GET /me answered 429'],
    ['500', answered(500, me(apiCredentialId)), 'unclear', 'GET /me answered 500'],
    ['nobody there', { kind: 'unreached' }, 'unclear', 'GET /me was unreached'],
    ['a cut connection', { kind: 'cut' }, 'unclear', 'GET /me was cut'],
    ['no answer in time', { kind: 'timed-out' }, 'unclear', 'GET /me was timed-out'],
  ])('is for %s answered so', async (_what, exchange, kind, seen) => {
    const { result } = await probeWith(exchange);
    expect(result).toEqual({ kind, seen });
  });

  it('is answered with 401 by a body that cannot be read too', async () => {
    const { result } = await probeWith(answered(401, { kind: 'cut' }));
    expect(result.kind).toBe('unauthorized');
  });

  it('follows Adyen to another of its hosts, once', async () => {
    const location = 'https://management-test-eu.adyen.com/v3/me';
    const { result, requests } = await probeWith(answered(308, '', { location }), answered(401));
    expect(result).toEqual({ kind: 'unauthorized', seen: 'GET /me answered 401' });
    expect(requests.map(({ url }) => url.href)).toEqual([
      'https://management-test.adyen.com/v3/me',
      location,
    ]);
  });

  it('does not show the key to anybody but Adyen', async () => {
    const { result, requests } = await probeWith(
      answered(308, '', { location: 'https://evil.example/v3/me' }),
    );
    expect([result.kind, requests.length]).toEqual(['unclear', 1]);
  });
});
