import { JwtVerifier } from 'aws-jwt-verify';
import {
  JwksValidationError,
  JwkValidationError,
  JwtBaseError,
  JwtExpiredError,
  JwtInvalidAudienceError,
} from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import * as v from 'valibot';
import { Unavailable } from '../../rotation/unavailable.ts';
import type { Secret } from '../../secret.ts';

export type Caller = Readonly<{
  subject: string;
  clientId?: string;
  scopes: ReadonlySet<string>;
}>;

/** Gets a document of the issuer's. Throws if it can not. */
export type FetchDocument = (url: string) => Promise<ArrayBuffer>;

/** Gives the caller whom a token names, or `undefined` for a token that is not valid. Throws {@link Unavailable} where the issuer's keys can not be read, so that no token can be judged. */
export type VerifyToken = (token: Secret) => Promise<Caller | undefined>;

export type TokenVerifier = Readonly<{
  verify: VerifyToken;
  /** Reads the issuer's keys before there is a token. Where that fails, it throws, and a token has them read again. */
  preload(): Promise<void>;
}>;

const DiscoverySchema = v.object({ issuer: v.string(), jwks_uri: v.string() });

const scopeList = v.pipe(
  v.union([
    v.pipe(
      v.string(),
      v.transform((scopes) => scopes.split(' ')),
    ),
    v.array(v.string()),
  ]),
);

/** What names a caller is kept in the audit. */
const name = v.pipe(
  v.string(),
  v.check((text) => text.isWellFormed()),
);

/**
 * The claims by which issuers say the same: the client is `client_id` (RFC 9068; Cognito, Keycloak), `azp`
 * (OpenID Connect; Auth0, Entra ID), `appid` (Entra ID v1) or `cid` (Okta); scopes are in `scope`, in `scp` (Okta,
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

/**
 * Makes the check of bearer tokens of one OpenID Connect issuer: signature (asymmetric algorithms only), issuer,
 * audience, expiry and not-before. The issuer's keys are kept for the container's life; an unknown `kid` has
 * them read once more, and then not again for 10 s.
 */
export function createTokenVerifier(
  oidc: Readonly<{ issuer: string; audience: string; jwksUri: string | undefined }>,
  fetchDocument: FetchDocument,
): TokenVerifier {
  const fetcher = {
    async fetch(uri: string): Promise<ArrayBuffer> {
      try {
        return await fetchDocument(oidc.jwksUri ?? (await discoverJwksUri(uri)));
      } catch (error) {
        throw new Unavailable('issuer-unavailable', 'the keys of the token issuer can not be read', {
          cause: error,
        });
      }
    },
  };
  const verifier = JwtVerifier.create(
    {
      issuer: oidc.issuer,
      audience: null,
      jwksUri: oidc.jwksUri ?? `${oidc.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
      customJwtCheck: ({ payload }) => {
        assertExpires(payload);
        assertAudience(payload, oidc.audience);
      },
    },
    { jwksCache: new SimpleJwksCache({ fetcher }) },
  );

  return {
    async verify(token) {
      try {
        return readCaller(await verifier.verify(token.reveal()));
      } catch (error) {
        if (error instanceof JwksValidationError || error instanceof JwkValidationError) {
          throw new Unavailable('issuer-unavailable', 'the keys of the token issuer can not be understood', {
            cause: error,
          });
        }
        if (error instanceof JwtBaseError) return undefined;
        throw error;
      }
    },
    preload: () => verifier.hydrate(),
  };

  async function discoverJwksUri(discoveryUri: string): Promise<string> {
    const document = new TextDecoder().decode(await fetchDocument(discoveryUri));
    const { issuer, jwks_uri } = v.parse(DiscoverySchema, JSON.parse(document));
    // OpenID Connect Discovery 1.0 §4.3: a document of another issuer must not be used.
    if (issuer !== oidc.issuer) throw new Error('the discovery document names another issuer');
    return jwks_uri;
  }
}

/** A token that never ends is refused, as RFC 9068 §2.2 has it; aws-jwt-verify checks `exp` only where there is one. */
function assertExpires(payload: { exp?: number | undefined }): void {
  if (payload.exp === undefined) throw new JwtExpiredError('the token has no expiry', undefined);
}

/** As API Gateway's JWT authorizer: `aud` counts, and `client_id` where there is no `aud` (Cognito's access tokens). */
function assertAudience(
  payload: { aud?: string | string[] | undefined; client_id?: unknown },
  accepted: string,
): void {
  const presented = [payload.aud ?? payload.client_id].flat();
  if (!presented.includes(accepted)) {
    throw new JwtInvalidAudienceError('the token is for another audience', presented, accepted);
  }
}

function readCaller(payload: unknown): Caller | undefined {
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
