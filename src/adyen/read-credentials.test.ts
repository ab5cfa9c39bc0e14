import { describe, expect, it } from 'vitest';
import { credential } from '../../test/support/rotations.ts';
import { Secret } from '../secret.ts';
import { createReadCredentials } from './read-credentials.ts';
import type { UpstreamRequest, UpstreamResponse } from './send.ts';

const BASE_URL = 'https://management-test.adyen.com/v3';
const NOW = Date.parse('2026-11-23T12:00:00Z');
const MANAGEMENT_KEY = new Secret('AQE-management-key-for-tests');

const responded = (
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): UpstreamResponse => ({
  kind: 'responded',
  status,
  header: (name) => headers[name],
  body: { kind: 'complete', text: typeof body === 'string' ? body : JSON.stringify(body) },
});
const apiCredential = (changes: object = {}) => ({
  id: credential.apiCredentialId,
  username: 'ws_1@Company.Acme',
  active: true,
  roles: ['Checkout webservice role'],
  allowedIpAddresses: ['192.0.2.1'],
  ...changes,
});

/** Both reads with scripted responses. After the last response, the first one is repeated. */
function readsWith(...responses: [UpstreamResponse, ...UpstreamResponse[]]) {
  const requests: UpstreamRequest[] = [];
  const reads = createReadCredentials({
    async send(request) {
      requests.push(request);
      return responses[requests.length - 1] ?? responses[0];
    },
    baseUrl: BASE_URL,
    timeoutMs: 10_000,
    now: () => NOW,
  });
  const request = { managementKey: MANAGEMENT_KEY, deadline: NOW + 20_000 };
  return {
    requests,
    me: (changes: object = {}) => reads.readManagementCredential({ ...request, ...changes }),
    apiCredential: (changes: object = {}) => reads.readApiCredential({ ...request, credential, ...changes }),
  };
}

describe('a read at Adyen', () => {
  it('is one GET with the management key', async () => {
    const { requests, apiCredential: read } = readsWith(responded(200, apiCredential()));
    await read();
    expect(requests).toEqual([
      {
        method: 'GET',
        url: new URL(
          `${BASE_URL}/merchants/${credential.accountId}/apiCredentials/${credential.apiCredentialId}`,
        ),
        headers: { 'X-API-Key': MANAGEMENT_KEY.reveal() },
        timeoutMs: 10_000,
      },
    ]);
  });

  it('takes no longer than its deadline, and asks nothing after it', async () => {
    const { requests, me } = readsWith(responded(200, { roles: [] }));
    await me({ deadline: NOW + 500 });
    expect(requests).toMatchObject([{ timeoutMs: 500 }]);
    expect(await me({ deadline: NOW })).toMatchObject({ kind: 'failed', code: 'upstream-timeout' });
    expect(requests).toHaveLength(1);
  });

  it('follows one 308 to another host of Adyen', async () => {
    const location = 'https://management-test-2.adyen.com/v3/me';
    const { requests, me } = readsWith(responded(308, '', { location }), responded(200, { roles: ['A'] }));
    expect(await me()).toMatchObject({ kind: 'read', found: { roles: ['A'] } });
    expect(requests[1]?.url.href).toBe(location);
  });

  it.each<[string, UpstreamResponse, string]>([
    ['no connection', { kind: 'unreached' }, 'upstream-unreachable'],
    ['a cut connection', { kind: 'cut' }, 'upstream-failure'],
    ['no response in time', { kind: 'timed-out' }, 'upstream-timeout'],
    ['401', responded(401, {}), 'upstream-unauthorized'],
    ['403 of an edge', responded(403, '<html>'), 'upstream-forbidden'],
    ['404', responded(404, {}), 'credential-not-found'],
    ['429', responded(429, {}), 'upstream-throttled'],
    ['500 that lies about its status', responded(500, { status: 200 }), 'upstream-failure'],
    ['500 with the code 00_403', responded(500, { errorCode: '00_403' }), 'upstream-failure'],
    ['204', responded(204, ''), 'upstream-malformed'],
    ['a body that is not JSON', responded(200, '<html>'), 'upstream-malformed'],
    ['a body with a key', responded(200, { apiKey: 'AQEnew' }), 'upstream-malformed'],
  ])('fails with what a rotation would make of %s', async (_what, response, code) => {
    const { apiCredential: read, me } = readsWith(response);
    expect(await read()).toMatchObject({ kind: 'failed', code });
    if (code !== 'upstream-malformed') expect(await me()).toMatchObject({ kind: 'failed', code });
  });
});

describe('the management credential', () => {
  it('has the roles that Adyen names', async () => {
    expect(await readsWith(responded(200, { roles: ['A', 'B'] })).me()).toEqual({
      kind: 'read',
      seen: 'GET /me answered 200',
      found: { roles: ['A', 'B'] },
    });
  });

  it('has none if Adyen says that its rights are insufficient: its key works', async () => {
    expect(await readsWith(responded(403, { errorCode: '00_403' })).me()).toMatchObject({
      kind: 'read',
      found: { roles: [] },
    });
  });
});

describe('an API credential', () => {
  it('is active or not, and has allowed addresses', async () => {
    const { apiCredential: read } = readsWith(responded(200, apiCredential({ active: false })));
    expect(await read()).toMatchObject({
      kind: 'read',
      found: { isActive: false, allowedAddresses: ['192.0.2.1'] },
    });
  });

  it('is not taken for another one', async () => {
    const { apiCredential: read } = readsWith(responded(200, apiCredential({ id: 'S2-OTHER' })));
    expect(await read()).toMatchObject({ kind: 'failed', code: 'upstream-malformed' });
  });

  it('shows no address that echoes the management key, and no endless one', async () => {
    const allowedIpAddresses = [MANAGEMENT_KEY.reveal(), '9'.repeat(1_000), '192.0.2.1'];
    const read = await readsWith(responded(200, apiCredential({ allowedIpAddresses }))).apiCredential();
    expect(JSON.stringify(read)).not.toContain('management-key');
    expect(JSON.stringify(read).length).toBeLessThan(400);
  });
});
