import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forgeToken, rs256With, strangersKey } from '../../../test/support/tokens.ts';
import { LOCAL_AUDIENCE, startTokenIssuer, type TokenIssuer } from '../../local/token-issuer.ts';
import { Secret } from '../../secret.ts';
import { createFetchDocument } from './fetch-document.ts';
import { createTokenVerifier, type TokenVerifier } from './token-verifier.ts';

let issuer: TokenIssuer;
let fetched: string[];
let verifier: TokenVerifier;

beforeEach(async () => {
  issuer = await startTokenIssuer();
  fetched = [];
  const fetchDocument = createFetchDocument();
  verifier = createTokenVerifier(
    { issuer: issuer.url, audience: LOCAL_AUDIENCE, jwksUri: undefined },
    (url) => {
      fetched.push(new URL(url).pathname);
      return fetchDocument(url);
    },
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
      { issuer: `${issuer.url}/`, audience: LOCAL_AUDIENCE, jwksUri: undefined },
      createFetchDocument(),
    );
    const claimed = await issuer.sign({ iss: `${issuer.url}/`, sub: 'app' });
    await expect(foreign.verify(new Secret(claimed))).rejects.toMatchObject(unavailable);
  });

  it('are read from the configured address, if there is one', async () => {
    const jwksUri = `${issuer.url}/jwks`;
    const direct = createTokenVerifier(
      { issuer: issuer.url, audience: LOCAL_AUDIENCE, jwksUri },
      createFetchDocument(),
    );
    expect(await direct.verify(await goodToken())).toBeDefined();
  });
});
