import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forgeToken, rs256With, strangersKey } from '../../../test/support/tokens.ts';
import { LOCAL_AUDIENCE, startTokenIssuer, type TokenIssuer } from '../../local/token-issuer.ts';
import { Secret } from '../../secret.ts';
import { createFetchDocument } from './fetch-document.ts';
import { createTokenVerifier, type TokenVerifier } from './token-verifier.ts';

let issuer: TokenIssuer;
let fetched: string[];
/** How many of them have arrived. */
let arrived: number;
let verifier: TokenVerifier;
/** The time by which the keys grow old. Tokens are judged by the real time. */
let time: number;

beforeEach(async () => {
  issuer = await startTokenIssuer();
  fetched = [];
  arrived = 0;
  time = 0;
  const fetchDocument = createFetchDocument();
  verifier = createTokenVerifier(
    { issuer: issuer.url, audiences: [LOCAL_AUDIENCE], jwksUri: undefined },
    async (url) => {
      fetched.push(new URL(url).pathname);
      const document = await fetchDocument(url);
      arrived += 1;
      return document;
    },
    () => time,
  );
});
afterEach(() => issuer.close().catch(() => {}));

const verify = (token: Secret) => verifier.verify(token);
const goodToken = async () => new Secret(await issuer.sign({ sub: 'app', azp: 'client' }));
const tokenOfUnknownKey = () =>
  new Secret(
    forgeToken(
      { alg: 'RS256', kid: 'unknown' },
      { iss: issuer.url, aud: LOCAL_AUDIENCE },
      rs256With(strangersKey()),
    ),
  );
const unavailable = { name: 'ProblemError', code: 'issuer-unavailable', cause: expect.any(Error) };
const discovery = ['/.well-known/openid-configuration', '/jwks'];

describe('the verification of a token', () => {
  it('gives the subject, the client and the scopes', async () => {
    const token = new Secret(
      await issuer.sign({ sub: 'app', azp: 'client', scope: 'one two', scp: ['three'] }),
    );
    expect(await verify(token)).toEqual({
      subject: 'app',
      clientId: 'client',
      grantees: ['subject:app'],
      scopes: new Set(['one', 'two', 'three']),
    });
  });

  it.each(['sub', 'azp'])('refuses a token whose %s the audit cannot store', async (claim) => {
    expect(
      await verify(new Secret(await issuer.sign({ sub: 'app', [claim]: 'half \ud800' }))),
    ).toBeUndefined();
  });

  it('reads the keys of the issuer once', async () => {
    for (let turn = 0; turn < 3; turn += 1) await verify(await goodToken());
    expect(fetched).toEqual(discovery);
  });

  it('reads the keys of the issuer once for many tokens at the same time', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, goodToken));
    await Promise.all(tokens.map(verify));
    expect(fetched).toEqual(discovery);
  });

  it('reads the keys again when a key was added, and accepts its token', async () => {
    await verify(await goodToken());
    const { kid } = await issuer.server.issuer.keys.generate('ES256');
    const token = await issuer.server.issuer.buildToken({
      kid,
      scopesOrTransform: (_header, payload) => Object.assign(payload, { aud: LOCAL_AUDIENCE, sub: 'app' }),
    });
    expect(await verify(new Secret(token))).toMatchObject({ subject: 'app' });
    expect(fetched).toEqual([...discovery, ...discovery]);
  });

  it('reads the keys only once more for many tokens with unknown keys', async () => {
    await verify(await goodToken());
    for (let turn = 0; turn < 5; turn += 1) expect(await verify(tokenOfUnknownKey())).toBeUndefined();
    expect(fetched).toEqual([...discovery, ...discovery]);
  });

  it('still accepts tokens with known keys while it refuses unknown ones', async () => {
    await verify(tokenOfUnknownKey());
    await verify(tokenOfUnknownKey());
    expect(await verify(await goodToken())).toBeDefined();
  });
});

describe('the verification of a token without the issuer', () => {
  it('fails with a problem, which is not a refusal of the token', async () => {
    const token = await goodToken();
    await issuer.close();
    await expect(verify(token)).rejects.toMatchObject(unavailable);
  });

  it('continues with the known keys', async () => {
    const token = await goodToken();
    await verify(token);
    await issuer.close();
    expect(await verify(token)).toBeDefined();
  });
});

describe('the keys of the issuer', () => {
  it('are not read again if they were preloaded', async () => {
    await verifier.preload();
    expect(fetched).toEqual(discovery);
    expect(await verify(await goodToken())).toBeDefined();
    expect(fetched).toEqual(discovery);
  });

  it('are read once if a token arrives during the preload', async () => {
    const [caller] = await Promise.all([verify(await goodToken()), verifier.preload()]);
    expect(caller).toBeDefined();
    expect(fetched).toEqual(discovery);
  });

  it('are read again if the preload failed', async () => {
    const token = await goodToken();
    const { port } = new URL(issuer.url);
    await issuer.server.stop();
    await expect(verifier.preload()).rejects.toMatchObject(unavailable);
    await issuer.server.start(Number(port), 'localhost');
    expect(await verify(token)).toBeDefined();
  });

  it('are not taken from the discovery document of another issuer', async () => {
    const foreign = createTokenVerifier(
      { issuer: `${issuer.url}/`, audiences: [LOCAL_AUDIENCE], jwksUri: undefined },
      createFetchDocument(),
      Date.now,
    );
    const claimed = await issuer.sign({ iss: `${issuer.url}/`, sub: 'app' });
    await expect(foreign.verify(new Secret(claimed))).rejects.toMatchObject(unavailable);
  });

  it('are read from the configured address, if there is one', async () => {
    const jwksUri = `${issuer.url}/jwks`;
    const direct = createTokenVerifier(
      { issuer: issuer.url, audiences: [LOCAL_AUDIENCE], jwksUri },
      createFetchDocument(),
      Date.now,
    );
    expect(await direct.verify(await goodToken())).toBeDefined();
  });

  it('come only from the configured address, if there is one: no discovery document is read', async () => {
    const direct = createTokenVerifier(
      { issuer: issuer.url, audiences: [LOCAL_AUDIENCE], jwksUri: `${issuer.url}/jwks` },
      (url) => {
        fetched.push(new URL(url).pathname);
        return createFetchDocument()(url);
      },
      Date.now,
    );
    await direct.preload();
    await direct.verify(await goodToken());
    expect(await direct.verify(tokenOfUnknownKey())).toBeUndefined();
    expect(fetched).toEqual(['/jwks', '/jwks']);
  });

  it.each([
    ['plain http', 'http://issuer.example.com/jwks'],
    ['plain http on this machine', 'http://localhost:1/jwks'],
    ['another scheme', 'file:///etc/keys'],
    ['a path', '/jwks'],
  ])('are not taken from an address of the discovery document that is %s', async (_what, jwks_uri) => {
    const origin = 'https://issuer.example.com';
    const read: string[] = [];
    const discovering = createTokenVerifier(
      { issuer: origin, audiences: [LOCAL_AUDIENCE], jwksUri: undefined },
      async (url) => {
        read.push(url);
        return new Uint8Array(Buffer.from(JSON.stringify({ issuer: origin, jwks_uri }))).buffer;
      },
      Date.now,
    );
    await expect(discovering.preload()).rejects.toMatchObject(unavailable);
    expect(read).toEqual([`${origin}/.well-known/openid-configuration`]);
  });
});

describe('a key of the issuer', () => {
  const MINUTE_MS = 60_000;
  const HOUR_MS = 60 * MINUTE_MS;

  it('that the issuer has withdrawn is accepted for an hour at most', async () => {
    const token = await goodToken();
    await verify(token);
    const [jwk] = issuer.server.issuer.keys.toJSON();
    const other = await startTokenIssuer();
    // The issuer has the same address and other keys now.
    const { port } = new URL(issuer.url);
    await issuer.close();
    await other.server.stop();
    await other.server.start(Number(port), 'localhost');
    other.server.issuer.url = issuer.url;
    time = 29 * MINUTE_MS;
    expect(await verify(token)).toBeDefined();
    time = HOUR_MS;
    expect(await verify(token)).toBeUndefined();
    expect(jwk?.kid).not.toBe(other.server.issuer.keys.toJSON()[0]?.kid);
    await other.close();
  });

  it('is not accepted after an hour if the issuer cannot be reached', async () => {
    const token = await goodToken();
    await verify(token);
    await issuer.close();
    time = HOUR_MS - 1;
    expect(await verify(token)).toBeDefined();
    time = HOUR_MS;
    await expect(verify(token)).rejects.toMatchObject(unavailable);
  });

  it('is read again after half an hour, while the known keys still serve', async () => {
    const token = await goodToken();
    await verify(token);
    time = 30 * MINUTE_MS;
    expect(await verify(token)).toBeDefined();
    await expect.poll(() => arrived).toBe(2 * discovery.length);
    await setImmediate();
    // The renewed keys are good for another half an hour.
    time = 59 * MINUTE_MS;
    expect(await verify(token)).toBeDefined();
    expect(fetched).toEqual([...discovery, ...discovery]);
  });

  it('is asked for once a minute, while the issuer cannot be reached', async () => {
    const token = await goodToken();
    await verify(token);
    await issuer.close();
    time = 30 * MINUTE_MS;
    for (let turn = 0; turn < 5; turn += 1) expect(await verify(token)).toBeDefined();
    time += MINUTE_MS;
    expect(await verify(token)).toBeDefined();
    await expect.poll(() => fetched.length).toBe(discovery.length + 2);
  });
});
