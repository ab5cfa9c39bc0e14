import { OAuth2Server } from 'oauth2-mock-server';

/** The audience of the local issuer's tokens. */
export const LOCAL_AUDIENCE = 'keyturn';

export type TokenIssuer = Readonly<{
  /** The `iss` of its tokens, which is also its address. */
  url: string;
  /** A signed token with these claims in place of the usual ones. For tests. */
  sign(claims: Record<string, unknown>): Promise<string>;
  server: OAuth2Server;
  close(): Promise<void>;
}>;

/** The person who logs in to the console locally, and the client that the console is. */
export const LOCAL_PERSON = 'local-person';
export const LOCAL_CONSOLE = 'keyturn-console';

/**
 * Starts an OpenID Connect issuer that gives a token to every caller (client credentials grant), with the client id and
 * the scopes of the request. Who logs in in a browser (authorization code grant with PKCE) is the local person at once.
 */
export async function startTokenIssuer(port = 0): Promise<TokenIssuer> {
  const server = new OAuth2Server();
  await server.issuer.keys.generate('RS256');
  /** The scopes of logins under way, by their code: the server itself forgets them. */
  const scopes = new Map<string, string>();
  server.service.on('beforeAuthorizeRedirect', ({ url }, { query }) => {
    scopes.set(url.searchParams.get('code') ?? '', String(query.scope ?? ''));
  });
  server.service.on('beforeTokenSigning', ({ payload }, { body }) => {
    const clientId = String(body.client_id ?? 'local-app');
    if (body.grant_type !== 'authorization_code') {
      Object.assign(payload, { aud: LOCAL_AUDIENCE, sub: clientId, client_id: clientId });
      return;
    }
    const isIdToken = payload.aud === clientId;
    const ofAccess = { aud: LOCAL_AUDIENCE, client_id: clientId, scope: scopes.get(String(body.code)) };
    Object.assign(payload, { sub: LOCAL_PERSON, ...(!isIdToken && ofAccess) });
  });
  server.service.on('beforeResponse', (response, { body }) => {
    const scope = scopes.get(String(body.code));
    if (scope !== undefined) Object.assign(response.body, { scope });
    scopes.delete(String(body.code));
  });
  await server.start(port, 'localhost');
  const url = server.issuer.url;
  if (url === undefined) throw new Error('the token issuer started without a URL');
  return {
    url,
    server,
    sign: (claims) =>
      server.issuer.buildToken({
        scopesOrTransform: (_header, payload) => Object.assign(payload, { aud: LOCAL_AUDIENCE }, claims),
      }),
    close: () => server.stop(),
  };
}
