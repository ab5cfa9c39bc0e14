import { InMemoryWebStorage, type User, UserManager, WebStorageStateStore } from 'oidc-client-ts';
import { readCaller } from '../../http/auth/claims.ts';
import type { PageConfig } from '../page-config.ts';

/** A person who has logged in. The token is in the memory of this page and nowhere else: a reload forgets it. */
export type Session = Readonly<{ name: string; token: string; scopes: ReadonlySet<string> }>;

export type Login = Readonly<{
  /** Leaves the page for the issuer, which comes back to where the person is now. */
  start(): Promise<void>;
  /** The session of a person who comes back from the issuer; `undefined` for one who does not. */
  finish(): Promise<Session | undefined>;
}>;

/** Login by OpenID Connect: authorization code with PKCE. */
export function createLogin({ issuer, clientId, audiences, scopes }: PageConfig): Login {
  const page = location.origin + location.pathname;
  const manager = new UserManager({
    authority: issuer,
    client_id: clientId,
    redirect_uri: page,
    scope: scopes,
    // Auth0 issues a token for an API only if it is named; other issuers ignore what they do not know (RFC 6749 §3.1).
    extraQueryParams: { audience: audiences[0] ?? '' },
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    // What must outlive the way to the issuer and back: `state` and PKCE's code verifier, which is worthless without the
    // code. It is removed on return. No token is ever there.
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
    automaticSilentRenew: false,
    loadUserInfo: false,
    monitorSession: false,
  });
  return {
    start: () => manager.signinRedirect({ state: location.hash }),
    async finish() {
      const query = new URLSearchParams(location.search);
      if (!query.has('state')) return undefined;
      // The code is used up, whatever comes of it: a reload must not send it again.
      const returned = location.href;
      history.replaceState(null, '', page + location.hash);
      const user = await manager.signinRedirectCallback(returned);
      await manager.removeUser();
      if (typeof user.state === 'string') history.replaceState(null, '', page + user.state);
      return sessionOf(user, audiences);
    },
  };
}

/** What the function will read in the token too: it verifies the token, this page only shows what it may. */
function sessionOf({ access_token: token, profile }: User, audiences: readonly string[]): Session {
  const caller = readCaller(claimsOf(token), audiences);
  const name =
    profile.email ?? profile.preferred_username ?? profile.name ?? profile.sub ?? caller?.subject ?? '';
  return { token, name, scopes: caller?.scopes ?? new Set() };
}

function claimsOf(token: string): unknown {
  const [, payload = ''] = token.split('.');
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (one) =>
      one.charCodeAt(0),
    );
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // Not a JWT: the API will say so.
    return undefined;
  }
}
