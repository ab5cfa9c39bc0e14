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
const unavailable = { name: 'Unavailable', code: 'issuer-unavailable' };
const discovery = ['/.well-known/openid-configuration', '/jwks'];

describe('the check of a token', () => {
  it('tells the subject, the client and the scopes', async () => {
    const token = new Secret(
      await issuer.sign({ sub: 'app', azp: 'client', scope: 'one two', scp: ['three'] }),
    );
    expect(await verify(token)).toEqual({
      subject: 'app',
      clientId: 'client',
      scopes: new Set(['one', 'two', 'three']),
    });
  });

  it.each(['sub', 'azp'])('refuses one whose %s the audit can not keep', async (claim) => {
    expect(
      await verify(new Secret(await issuer.sign({ sub: 'app', [claim]: 'half \ud800' }))),
    ).toBeUndefined();
  });

  it('reads the keys of the issuer once', async () => {
    for (let turn = 0; turn < 3; turn += 1) await verify(await goodToken());
    expect(fetched).toEqual(discovery);
  });

  it('reads the keys of the issuer once for many who come at once', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, goodToken));
    await Promise.all(tokens.map(verify));
    expect(fetched).toEqual(discovery);
  });

  it('reads the keys once more for a key that was added, and takes its token', async () => {
    await verify(await goodToken());
    const { kid } = await issuer.server.issuer.keys.generate('ES256');
    const token = await issuer.server.issuer.buildToken({
      kid,
      scopesOrTransform: (_header, payload) => Object.assign(payload, { aud: LOCAL_AUDIENCE, sub: 'app' }),
    });
    expect(await verify(new Secret(token))).toMatchObject({ subject: 'app' });
    expect(fetched).toEqual([...discovery, ...discovery]);
  });

  it('does not read the keys again and again for tokens of unknown keys', async () => {
    await verify(await goodToken());
    for (let turn = 0; turn < 5; turn += 1) expect(await verify(tokenOfUnknownKey())).toBeUndefined();
    expect(fetched).toEqual([...discovery, ...discovery]);
  });

  it('still takes tokens of known keys while unknown ones are held off', async () => {
    await verify(tokenOfUnknownKey());
    await verify(tokenOfUnknownKey());
    expect(await verify(await goodToken())).toBeDefined();
  });
});

describe('without the issuer, the check of a token', () => {
  it('says that nobody can be judged, which is not a refusal', async () => {
    const token = await goodToken();
    await issuer.close();
    await expect(verify(token)).rejects.toMatchObject(unavailable);
  });

  it('goes on with the keys that are known', async () => {
    const token = await goodToken();
    await verify(token);
    await issuer.close();
    expect(await verify(token)).toBeDefined();
  });
});

describe('the keys of the issuer', () => {
  it('are at hand if they were read before', async () => {
    await verifier.preload();
    expect(fetched).toEqual(discovery);
    expect(await verify(await goodToken())).toBeDefined();
    expect(fetched).toEqual(discovery);
  });

  it('are waited for while they are being read', async () => {
    const [caller] = await Promise.all([verify(await goodToken()), verifier.preload()]);
    expect(caller).toBeDefined();
    expect(fetched).toEqual(discovery);
  });

  it('are read again if they could not be read before', async () => {
    const token = await goodToken();
    const { port } = new URL(issuer.url);
    await issuer.server.stop();
    await expect(verifier.preload()).rejects.toMatchObject(unavailable);
    await issuer.server.start(Number(port), 'localhost');
    expect(await verify(token)).toBeDefined();
  });

  it('are not those that the discovery document of another issuer names', async () => {
    const foreign = createTokenVerifier(
      { issuer: `${issuer.url}/`, audience: LOCAL_AUDIENCE, jwksUri: undefined },
      createFetchDocument(),
    );
    const claimed = await issuer.sign({ iss: `${issuer.url}/`, sub: 'app' });
    await expect(foreign.verify(new Secret(claimed))).rejects.toMatchObject(unavailable);
  });

  it('are where the configuration says, if it does', async () => {
    const jwksUri = `${issuer.url}/jwks`;
    const direct = createTokenVerifier(
      { issuer: issuer.url, audience: LOCAL_AUDIENCE, jwksUri },
      createFetchDocument(),
    );
    expect(await direct.verify(await goodToken())).toBeDefined();
  });
});
