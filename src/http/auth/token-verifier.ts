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
import { isSecureUrl } from '../../config/secure-url.ts';
import type { Clock } from '../../rotation/ports.ts';
import type { Secret } from '../../secret.ts';
import { ProblemError } from '../problems/problem.ts';
import { assertAccessToken } from './access-token.ts';
import type { Caller } from './caller.ts';
import { readCaller } from './claims.ts';
import { createExpiring } from './expiring.ts';

/** Gets a public document of the issuer. Throws an error if that fails. */
export type FetchDocument = (url: string) => Promise<ArrayBuffer>;

/**
 * The caller whom a token names, or `undefined` if the token is not valid. Throws `issuer-unavailable` if the issuer's
 * keys cannot be read: then no token can be verified.
 */
export type VerifyToken = (token: Secret) => Promise<Caller | undefined>;

export type TokenVerifier = Readonly<{
  verify: VerifyToken;
  /** Reads the issuer's keys before the first request. Throws an error if that fails; the first request reads them then. */
  preload(): Promise<void>;
}>;

/** Keyturn's clock and the issuer's may differ by this much (s). It makes no token live longer. */
const NOT_BEFORE_GRACE_S = 5;

const DiscoverySchema = v.object({ issuer: v.string(), jwks_uri: v.string() });

/**
 * Makes the verification of bearer tokens of one OpenID Connect issuer: access tokens only, with their signature
 * (asymmetric algorithms only), issuer, audience, expiry and not-before. A container keeps the issuer's keys for an hour at
 * most. For an unknown `kid` it reads them again, at most once in 10 s.
 */
export function createTokenVerifier(
  oidc: Readonly<{ issuer: string; audiences: readonly string[]; jwksUri: string | undefined }>,
  fetchDocument: FetchDocument,
  now: Clock,
): TokenVerifier {
  const fetcher = {
    async fetch(uri: string): Promise<ArrayBuffer> {
      try {
        return await fetchDocument(oidc.jwksUri ?? (await discoverJwksUri(uri)));
      } catch (cause) {
        throw issuerUnavailable('the keys of the token issuer cannot be read', cause);
      }
    },
  };
  // A new verifier, because it keeps each key in two caches, by its `kid`: one with other material would not be seen.
  const makeVerifier = () =>
    JwtVerifier.create(
      {
        issuer: oidc.issuer,
        audience: null,
        jwksUri: oidc.jwksUri ?? `${oidc.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
        graceSeconds: NOT_BEFORE_GRACE_S,
        customJwtCheck: ({ header, payload }) => {
          assertAccessToken({ header, payload });
          assertNotExpired(payload);
          assertAudience(payload, oidc.audiences);
        },
      },
      { jwksCache: new SimpleJwksCache({ fetcher }) },
    );
  const verifier = createExpiring(makeVerifier, (one) => one.hydrate(), now);

  return {
    async verify(token) {
      try {
        return readCaller(await verifier().verify(token.reveal()), oidc.audiences);
      } catch (error) {
        if (error instanceof JwksValidationError || error instanceof JwkValidationError) {
          throw issuerUnavailable('the keys of the token issuer are not valid', error);
        }
        if (error instanceof JwtBaseError) return undefined;
        throw error;
      }
    },
    preload: () => verifier().hydrate(),
  };

  async function discoverJwksUri(discoveryUri: string): Promise<string> {
    const document = new TextDecoder().decode(await fetchDocument(discoveryUri));
    const { issuer, jwks_uri } = v.parse(DiscoverySchema, JSON.parse(document));
    // OpenID Connect Discovery 1.0 §4.3: a document of another issuer must not be used.
    if (issuer !== oidc.issuer) throw new Error('the discovery document names another issuer');
    // Plain http is for an issuer on this machine only, which then has its keys here too.
    const isLocal = oidc.issuer.startsWith('http:') && isSecureUrl(jwks_uri);
    if (URL.parse(jwks_uri)?.protocol !== 'https:' && !isLocal) {
      throw new Error('the jwks_uri in the discovery document is not https');
    }
    return jwks_uri;
  }
}

function issuerUnavailable(message: string, cause: unknown): ProblemError {
  return new ProblemError('issuer-unavailable', {}, { cause: new Error(message, { cause }) });
}

/** RFC 9068 §2.2 requires an expiry. aws-jwt-verify checks `exp` only in tokens that have it, and with the grace. */
function assertNotExpired({ exp }: { exp?: number | undefined }): void {
  if (exp === undefined || exp < Date.now() / 1000) {
    throw new JwtExpiredError('the token has expired, or has no expiry', exp);
  }
}

/** The rule of API Gateway's JWT authorizer: `aud`, or `client_id` if there is no `aud` (Cognito's access tokens). */
function assertAudience(
  payload: { aud?: string | string[] | undefined; client_id?: unknown },
  accepted: readonly string[],
): void {
  const presented = [payload.aud ?? payload.client_id].flat();
  if (!presented.some((audience) => typeof audience === 'string' && accepted.includes(audience))) {
    throw new JwtInvalidAudienceError('the token is for another audience', presented, [...accepted]);
  }
}
