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
import type { Secret } from '../../secret.ts';
import { ProblemError } from '../problems/problem.ts';
import type { Caller } from './caller.ts';
import { readCaller } from './claims.ts';

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

const DiscoverySchema = v.object({ issuer: v.string(), jwks_uri: v.string() });

/**
 * Makes the verification of bearer tokens of one OpenID Connect issuer: signature (asymmetric algorithms only), issuer,
 * audience, expiry and not-before. The container keeps the issuer's keys for its whole life. For an unknown `kid` it
 * reads them again, at most once in 10 s.
 */
export function createTokenVerifier(
  oidc: Readonly<{ issuer: string; audience: string; jwksUri: string | undefined }>,
  fetchDocument: FetchDocument,
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
          throw issuerUnavailable('the keys of the token issuer are not valid', error);
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

function issuerUnavailable(message: string, cause: unknown): ProblemError {
  return new ProblemError('issuer-unavailable', {}, { cause: new Error(message, { cause }) });
}

/** RFC 9068 §2.2 requires an expiry. aws-jwt-verify checks `exp` only in tokens that have it. */
function assertExpires(payload: { exp?: number | undefined }): void {
  if (payload.exp === undefined) throw new JwtExpiredError('the token has no expiry', undefined);
}

/** The rule of API Gateway's JWT authorizer: `aud`, or `client_id` if there is no `aud` (Cognito's access tokens). */
function assertAudience(
  payload: { aud?: string | string[] | undefined; client_id?: unknown },
  accepted: string,
): void {
  const presented = [payload.aud ?? payload.client_id].flat();
  if (!presented.includes(accepted)) {
    throw new JwtInvalidAudienceError('the token is for another audience', presented, accepted);
  }
}
