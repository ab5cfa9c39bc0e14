import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProblemSchema } from '../src/http/problems/problem.ts';
import { credentialPath } from '../src/rotation/api-credential.ts';
import { type Answer, type Keyturn, LOCAL_APP, type RotateCall, startKeyturn } from './support/keyturn.ts';
import { claimsOf, forgeToken, hmacWith, rs256With, strangersKey, unsigned } from './support/tokens.ts';

let keyturn: Keyturn;
let goodClaims: Record<string, unknown>;
let publicKey: string;
let kid: string;
let privateKey: KeyObject;
const issuersKey = () => privateKey;

beforeAll(async () => {
  keyturn = await startKeyturn({
    OIDC_AUDIENCE: 'keyturn, https://keyturn.example.com',
    CALLER_GRANTS: JSON.stringify({
      'client:local-app': ['merchants/ACME_NL/apiCredentials/*', 'companies/ACME/apiCredentials/S2-TEST-*'],
      'client:one-merchant': ['merchants/ACME/apiCredentials/*'],
      'client:all-merchants': ['merchants/*/apiCredentials/*'],
      'subject:alice': ['merchants/*/apiCredentials/*'],
      'event:orders': ['merchants/*/apiCredentials/*'],
    }),
  });
  goodClaims = claimsOf(await keyturn.issuer.sign(LOCAL_APP));
  const [jwk] = keyturn.issuer.server.issuer.keys.toJSON();
  if (!jwk) throw new Error('the issuer has no key');
  kid = jwk.kid;
  privateKey = createPrivateKey({
    key: { ...keyturn.issuer.server.issuer.keys.toJSON(true)[0] },
    format: 'jwk',
  });
  publicKey = createPublicKey({ key: { ...jwk }, format: 'jwk' })
    .export({ type: 'spki', format: 'pem' })
    .toString();
});
afterAll(() => keyturn.close());

/** Sends a call for a new credential, and checks that its refusal has left no trace. */
async function refused(call: RotateCall): Promise<Answer> {
  const credential = keyturn.newCredential();
  const answer = await keyturn.rotate(credential, call);
  expect(await keyturn.items(credential)).toEqual([]);
  expect(keyturn.adyen.credentials.generated(credentialPath(credential))).toBe(0);
  expect(v.safeParse(ProblemSchema, answer.body).issues).toBeUndefined();
  return answer;
}

describe('authentication refuses', () => {
  const bearer = (token: string): RotateCall => ({
    claims: null,
    headers: { authorization: `Bearer ${token}` },
  });
  const rs256 = () => ({ alg: 'RS256', kid });

  it.each<[string, () => RotateCall]>([
    ['a request without the header', () => ({ claims: null })],
    ['another scheme', () => ({ claims: null, headers: { authorization: 'Basic bG9jYWw6bG9jYWw=' } })],
    ['an empty token', () => bearer('')],
    ['garbage', () => bearer('garbage')],
    ['garbage in three parts', () => bearer('a.b.c')],
    ['a token with more text after it', () => bearer('a.b.c d')],
    ['alg none', () => bearer(forgeToken({ alg: 'none', kid }, goodClaims, unsigned))],
    [
      'an HMAC signed with the public key',
      () => bearer(forgeToken({ alg: 'HS256', kid }, goodClaims, hmacWith(publicKey))),
    ],
    ['another issuer’s key', () => bearer(forgeToken(rs256(), goodClaims, rs256With(strangersKey())))],
    [
      'an unknown key',
      () => bearer(forgeToken({ alg: 'RS256', kid: 'unknown' }, goodClaims, rs256With(strangersKey()))),
    ],
    [
      'a token without a key id',
      () => bearer(forgeToken({ alg: 'RS256' }, goodClaims, rs256With(strangersKey()))),
    ],
    [
      'the header of a logout token',
      () => bearer(forgeToken({ ...rs256(), typ: 'logout+jwt' }, goodClaims, rs256With(issuersKey()))),
    ],
    [
      'an extension that must be understood',
      () => bearer(forgeToken({ ...rs256(), crit: ['exp'] }, goodClaims, rs256With(issuersKey()))),
    ],
    ['another issuer', () => ({ claims: { iss: 'https://issuer.example' } })],
    ['another audience', () => ({ claims: { aud: 'another-api' } })],
    ['no audience and another client', () => ({ claims: { aud: undefined, client_id: 'local-app' } })],
    ['an expired token', () => ({ claims: { exp: Math.floor(Date.now() / 1000) - 1 } })],
    ['a token without expiry', () => ({ claims: { exp: undefined } })],
    ['a token that is not yet valid', () => ({ claims: { nbf: Math.floor(Date.now() / 1000) + 60 } })],
    ['an ID token of Cognito', () => ({ claims: { token_use: 'id' } })],
    ['an ID token of Keycloak', () => ({ claims: { typ: 'ID' } })],
    ['an ID token, by its nonce', () => ({ claims: { nonce: 'n-0S6_WzA2Mj' } })],
    ['an ID token, by its hash', () => ({ claims: { at_hash: 'MTIzNDU2Nzg5MDEyMzQ1Ng' } })],
    ['a refresh token', () => ({ claims: { typ: 'Refresh' } })],
    ['an offline token', () => ({ claims: { typ: 'Offline' } })],
    [
      'a logout token',
      () => ({ claims: { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } } }),
    ],
    ['a token that is bound to a key of its client', () => ({ claims: { cnf: { jkt: 'x' } } })],
    ['a token without a subject', () => ({ claims: { sub: undefined, client_id: undefined } })],
  ])('%s', async (_what, call) => {
    const { status, body, headers } = await refused(call());
    expect([status, body.code]).toEqual([401, 'unauthenticated']);
    expect(headers['WWW-Authenticate']).toMatch(/^Bearer/);
  });
});

describe('authentication accepts', () => {
  it.each<[string, RotateCall]>([
    ['a token of the issuer', {}],
    ['one audience among several', { claims: { aud: ['another-api', 'keyturn'] } }],
    ['the other one of its audiences', { claims: { aud: 'https://keyturn.example.com' } }],
    ['a clock that is a few seconds behind', { claims: { nbf: Math.floor(Date.now() / 1000) + 3 } }],
    ['an access token of Cognito', { claims: { token_use: 'access' } }],
    ['an access token of Keycloak', { claims: { typ: 'Bearer', nonce: 'n-0S6_WzA2Mj' } }],
    [
      'the client id if there is no audience (Cognito)',
      { claims: { aud: undefined, client_id: 'keyturn', sub: 'alice' } },
    ],
  ])('%s', async (_what, call) => {
    expect((await keyturn.rotate(keyturn.newCredential(), call)).status).toBe(200);
  });

  it.each(['JWT', 'at+jwt', 'application/at+jwt'])('the type %s in the header', async (typ) => {
    const token = forgeToken({ alg: 'RS256', kid, typ }, goodClaims, rs256With(issuersKey()));
    const call = { claims: null, headers: { authorization: `Bearer ${token}` } };
    expect((await keyturn.rotate(keyturn.newCredential(), call)).status).toBe(200);
  });

  it('the header and its scheme in any case', async () => {
    const token = await keyturn.issuer.sign(LOCAL_APP);
    const call = { claims: null, headers: { AUTHORIZATION: `bEARER ${token}` } };
    expect((await keyturn.rotate(keyturn.newCredential(), call)).status).toBe(200);
  });
});

describe('authorization', () => {
  const forbidden = { status: 403, body: { code: 'forbidden', retryable: false } };

  it.each<[string, RotateCall]>([
    ['no scope', { claims: { scope: undefined } }],
    ['another scope', { claims: { scope: 'rotations:read' } }],
    ['a scope that only ends with the same text', { claims: { scope: 'not-apikeys:rotate' } }],
    ['the scope with another resource server before it', { claims: { scope: 'another-api/apikeys:rotate' } }],
    ['a scope that only ends with the same path', { claims: { scope: 'x/keyturn/apikeys:rotate' } }],
    [
      'roles without a client, as in an ID token',
      { claims: { sub: 'alice', client_id: undefined, scope: undefined, roles: ['apikeys:rotate'] } },
    ],
    ['the scope and no grant', { claims: { sub: 'nobody', client_id: 'nobody' } }],
    [
      'a grant for another merchant that shares a prefix',
      { claims: { sub: 'one-merchant', client_id: 'one-merchant' } },
    ],
    ['the name of an event source', { claims: { sub: 'event:orders', client_id: 'event:orders' } }],
    ['the bare name of an event source', { claims: { sub: 'orders', client_id: 'orders' } }],
    ['a user whose client has a grant', { claims: { sub: 'bob' } }],
    ['a user whose name is the one of a client', { claims: { sub: 'local-app', client_id: 'another-app' } }],
    ['a client whose name is the one of a user', { claims: { sub: 'x', client_id: 'alice' } }],
    ['a token without a subject of a client with a grant', { claims: { sub: undefined } }],
    [
      'force and no scope for it',
      { headers: { 'content-type': 'application/json' }, body: '{"force":true}' },
    ],
  ])('refuses %s', async (_what, call) => {
    expect(await refused(call)).toMatchObject(forbidden);
  });

  it('names the missing scope (RFC 6750)', async () => {
    const { headers } = await refused({ claims: { scope: 'rotations:read' } });
    expect(headers['WWW-Authenticate']).toBe('Bearer error="insufficient_scope", scope="apikeys:rotate"');
  });

  it('gives the same response for a credential that exists and for one that does not', async () => {
    const claims = { sub: 'nobody', client_id: 'nobody' };
    const existing = await keyturn.rotate(keyturn.newCredential(), { claims });
    const missing = await keyturn.rotate(
      { level: 'merchants', accountId: 'NOBODY', apiCredentialId: 'NOTHING' },
      { claims },
    );
    const withoutId = ({ body: { requestId: _requestId, ...rest } }: Answer) => rest;
    expect(withoutId(missing)).toEqual(withoutId(existing));
  });

  it.each<[string, RotateCall]>([
    ['a client with a grant', {}],
    ['the same at Auth0', { claims: { sub: 'local-app@clients', client_id: undefined, azp: 'local-app' } }],
    ['the same at Okta', { claims: { sub: 'local-app', client_id: undefined, cid: 'local-app' } }],
    ['the same at Entra ID', { claims: { sub: '1', client_id: undefined, azp: 'local-app', idtyp: 'app' } }],
    ['a user with a grant, through any client', { claims: { sub: 'alice', client_id: 'something' } }],
    ['a user with a grant, without a client', { claims: { sub: 'alice', client_id: undefined } }],
    ['a wildcard for all merchants', { claims: { sub: 'all-merchants', client_id: 'all-merchants' } }],
    [
      'the scope with its resource server before it (Cognito)',
      { claims: { scope: 'keyturn/apikeys:rotate' } },
    ],
    ['scopes as a list (Okta)', { claims: { scope: undefined, scp: ['apikeys:rotate'] } }],
    ['scopes as roles (Entra ID)', { claims: { scope: undefined, roles: ['apikeys:rotate'] } }],
    [
      'force with its scope',
      {
        claims: { scope: 'apikeys:rotate apikeys:force' },
        headers: { 'content-type': 'application/json' },
        body: '{"force":true}',
      },
    ],
  ])('accepts %s', async (_what, call) => {
    expect((await keyturn.rotate(keyturn.newCredential(), call)).status).toBe(200);
  });

  it('does not apply a wildcard for merchants to companies', async () => {
    const claims = { sub: 'all-merchants', client_id: 'all-merchants' };
    expect(await keyturn.rotate(keyturn.newCredential('companies'), { claims })).toMatchObject(forbidden);
  });

  it('does not apply a wildcard beyond its segment', async () => {
    const credential = { level: 'companies', accountId: 'ACME', apiCredentialId: 'S2-OTHER' } as const;
    expect(await keyturn.rotate(credential)).toMatchObject(forbidden);
  });
});
