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
  scope: v.optional(scopeList, []),
  scp: v.optional(scopeList, []),
  roles: v.optional(scopeList, []),
});

/** The caller that the claims of a verified token name, or `undefined` if they name none. */
export function readCaller(payload: unknown): Caller | undefined {
  const claims = v.safeParse(ClaimsSchema, payload);
  if (!claims.success) return undefined;
  const { sub, client_id, azp, appid, cid, scope, scp, roles } = claims.output;
  const clientId = client_id ?? azp ?? appid ?? cid;
  const subject = sub ?? clientId;
  if (subject === undefined) return undefined;
  return {
    subject,
    ...(clientId !== undefined && { clientId }),
    scopes: new Set([...scope, ...scp, ...roles]),
  };
}
