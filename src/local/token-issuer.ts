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

/**
 * Starts an OpenID Connect issuer that gives a token to every caller (client credentials grant), with the client id and
 * the scopes of the request.
 */
export async function startTokenIssuer(port = 0): Promise<TokenIssuer> {
  const server = new OAuth2Server();
  await server.issuer.keys.generate('RS256');
  server.service.on('beforeTokenSigning', (token, request) => {
    const clientId = String(request.body.client_id ?? 'local-app');
    Object.assign(token.payload, { aud: LOCAL_AUDIENCE, sub: clientId, client_id: clientId });
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
