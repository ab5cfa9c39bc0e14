import * as v from 'valibot';
import type { Caller } from './caller.ts';

const scopeList = v.union([
  v.pipe(
    v.string(),
    v.transform((scopes) => scopes.split(' ')),
  ),
  v.array(v.string()),
]);

/** A name of a caller. The audit keeps it, and DynamoDB stores only well-formed Unicode. */
const name = v.pipe(
  v.string(),
  v.check((text) => text.isWellFormed()),
);

/**
 * Issuers put the same facts into different claims. The client is in `client_id` (RFC 9068; Cognito, Keycloak), `azp`
 * (OpenID Connect; Auth0, Entra ID), `appid` (Entra ID v1) or `cid` (Okta). Scopes are in `scope`, in `scp` (Okta,
 * Entra ID) or, for applications at Entra ID, in `roles`.
 */
const ClaimsSchema = v.object({
  sub: v.optional(v.pipe(name, v.nonEmpty())),
  client_id: v.optional(name),
  azp: v.optional(name),
  appid: v.optional(name),
  cid: v.optional(name),
  idtyp: v.optional(v.string()),
  scope: v.optional(scopeList, []),
  scp: v.optional(scopeList, []),
  roles: v.optional(scopeList, []),
});

type Claims = v.InferOutput<typeof ClaimsSchema>;

/**
 * The caller that the claims of a verified token name, or `undefined` if they name none.
 *
 * @param resourceServers the names that may stand before a scope, with a slash (Cognito)
 */
export function readCaller(payload: unknown, resourceServers: readonly string[]): Caller | undefined {
  const parsed = v.safeParse(ClaimsSchema, payload);
  if (!parsed.success) return undefined;
  const claims = parsed.output;
  const { sub, client_id, azp, appid, cid, scope, scp, roles } = claims;
  const clientId = client_id ?? azp ?? appid ?? cid;
  const subject = sub ?? clientId;
  if (subject === undefined) return undefined;
  // The ID tokens of Entra ID have roles too, and no client. An access token names its client (RFC 9068 §2.2).
  const granted = [...scope, ...scp, ...(clientId === undefined ? [] : roles)];
  return {
    subject,
    ...(clientId !== undefined && { clientId }),
    grantees: [
      ...(sub === undefined ? [] : [`subject:${sub}`]),
      ...(clientId !== undefined && isOfClientItself(claims, clientId) ? [`client:${clientId}`] : []),
    ],
    scopes: new Set(granted.map((name) => withoutPrefix(name, resourceServers))),
  };
}

/**
 * Whether the client got the token for itself, not for a user. Then `sub` names the client: it is the client id
 * (RFC 9068 §2.2; Cognito, Okta), or at Auth0 the client id and `@clients`
 * (auth0.com/docs/secure/tokens/access-tokens/access-token-profiles). Entra ID has `idtyp`: `app` instead
 * (learn.microsoft.com/entra/identity-platform/optional-claims-reference).
 */
function isOfClientItself({ sub, idtyp }: Claims, clientId: string): boolean {
  return sub === clientId || sub === `${clientId}@clients` || idtyp === 'app';
}

function withoutPrefix(scope: string, resourceServers: readonly string[]): string {
  const prefix = resourceServers.map((server) => `${server}/`).find((one) => scope.startsWith(one));
  return prefix === undefined ? scope : scope.slice(prefix.length);
}
