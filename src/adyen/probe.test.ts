import { describe, expect, it } from 'vitest';
import { credential } from '../../test/support/rotations.ts';
import { Secret } from '../secret.ts';
import { createProbe } from './probe.ts';
import type { UpstreamBody, UpstreamRequest, UpstreamResponse } from './send.ts';

const { apiCredentialId } = credential;

const responded = (
  status: number,
  body: UpstreamBody | string = '',
  headers: Record<string, string> = {},
): UpstreamResponse => ({
  kind: 'responded',
  status,
  header: (name) => headers[name],
  body: typeof body === 'string' ? { kind: 'complete', text: body } : body,
});
const INSUFFICIENT_RIGHTS = '{"status":403,"errorCode":"00_403","title":"Forbidden"}';
const me = (id: unknown) => JSON.stringify({ id, username: 'ws_1@Company.Acme', active: true });

/** Probes a key with scripted responses. After the last response, the first one is repeated. */
async function probeWith(...responses: [UpstreamResponse, ...UpstreamResponse[]]) {
  const requests: UpstreamRequest[] = [];
  const probe = createProbe({
    async send(request) {
      requests.push(request);
      return responses[requests.length - 1] ?? responses[0];
    },
    baseUrl: 'https://management-test.adyen.com/v3',
    timeoutMs: 10_000,
  });
  return { result: await probe(credential, new Secret('AQEnew')), requests };
}

describe('the probe of a key', () => {
  it('calls Adyen with the key itself', async () => {
    const { requests } = await probeWith(responded(401));
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
    ['401', responded(401, '{"status":401}'), 'unauthorized', 'GET /me answered 401'],
    ['403 for insufficient rights', responded(403, INSUFFICIENT_RIGHTS), 'works', 'GET /me answered 403'],
    [
      '403 of Adyen for an address that is not on the list',
      responded(403, '{"status":403,"errorCode":"00_401","title":"Forbidden"}'),
      'unclear',
      'GET /me answered 403 without the code 00_403',
    ],
    [
      '403 of Adyen without an error code',
      responded(403, '{"status":403,"title":"Forbidden"}'),
      'unclear',
      'GET /me answered 403 without the code 00_403',
    ],
    [
      '403 of an edge in front of Adyen',
      responded(403, '<html>00_403</html>'),
      'unclear',
      'GET /me answered 403 without the code 00_403',
    ],
    ['403 whose body was cut', responded(403, { kind: 'cut' }), 'unclear', 'GET /me answered 403'],
    [
      '200 with the id of the API credential',
      responded(200, me(apiCredentialId)),
      'works',
      'GET /me answered 200',
    ],
    [
      '200 with another id',
      responded(200, me('S2-OTHER')),
      'another-credential',
      'GET /me answered 200 for another API credential',
    ],
    ['200 without an id', responded(200, '{}'), 'unclear', 'GET /me answered 200 without an id'],
    [
      '200 with an id of another type',
      responded(200, me(1)),
      'unclear',
      'GET /me answered 200 without an id',
    ],
    ['200 with HTML', responded(200, '<html>AQEnew</html>'), 'unclear', 'GET /me answered 200 without an id'],
    ['200 with half a body', responded(200, '{"id":"S2-'), 'unclear', 'GET /me answered 200 without an id'],
    ['200 whose body was cut', responded(200, { kind: 'cut' }), 'unclear', 'GET /me answered 200'],
    [
      '200 whose body took too long',
      responded(200, { kind: 'timed-out' }),
      'unclear',
      'GET /me answered 200',
    ],
    ['200 whose body is too large', responded(200, { kind: 'too-large' }), 'unclear', 'GET /me answered 200'],
    ['204', responded(204), 'unclear', 'GET /me answered 204'],
    ['302', responded(302, '', { location: '/login' }), 'unclear', 'GET /me answered 302'],
    ['308 without a Location', responded(308), 'unclear', 'GET /me answered 308'],
    ['404', responded(404), 'unclear', 'GET /me answered 404'],
    ['429', responded(429), 'unclear', 'GET /me answered 429'],
    ['500', responded(500, me(apiCredentialId)), 'unclear', 'GET /me answered 500'],
    ['an unreachable Adyen', { kind: 'unreached' }, 'unclear', 'GET /me was unreached'],
    ['a cut connection', { kind: 'cut' }, 'unclear', 'GET /me was cut'],
    ['no response in time', { kind: 'timed-out' }, 'unclear', 'GET /me was timed-out'],
  ])('says what %s means for the key', async (_what, response, kind, seen) => {
    const { result } = await probeWith(response);
    expect(result).toEqual({ kind, seen });
  });

  it('finds the key unauthorized on a 401 whose body was cut', async () => {
    const { result } = await probeWith(responded(401, { kind: 'cut' }));
    expect(result.kind).toBe('unauthorized');
  });

  it('follows one redirect to another Adyen host', async () => {
    const location = 'https://management-test-eu.adyen.com/v3/me';
    const { result, requests } = await probeWith(responded(308, '', { location }), responded(401));
    expect(result).toEqual({ kind: 'unauthorized', seen: 'GET /me answered 401' });
    expect(requests.map(({ url }) => url.href)).toEqual([
      'https://management-test.adyen.com/v3/me',
      location,
    ]);
  });

  it('does not send the key to a host outside Adyen', async () => {
    const { result, requests } = await probeWith(
      responded(308, '', { location: 'https://evil.example/v3/me' }),
    );
    expect([result.kind, requests.length]).toEqual(['unclear', 1]);
  });
});
