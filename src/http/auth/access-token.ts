import { JwtInvalidClaimError } from 'aws-jwt-verify/error';
import * as v from 'valibot';

/** RFC 9068 §2.1, and `JWT`, which issuers wrote before it. A logout token has `logout+jwt`. */
const HEADER_TYPES = ['jwt', 'at+jwt', 'application/at+jwt'];
/** Keycloak says `Bearer` of an access token, and `ID`, `Refresh`, `Offline` or `Logout` of the others. */
const CLAIM_TYPES = ['bearer', ...HEADER_TYPES];

const lowerCase = v.pipe(v.string(), v.toLowerCase());

/** What must not be in an access token, and what must be in it if it is there. */
const AccessTokenSchema = v.object({
  header: v.object({
    typ: v.optional(v.pipe(lowerCase, v.picklist(HEADER_TYPES))),
    // RFC 7515 §4.1.11: a token with an extension that is not understood is not valid. Keyturn understands none.
    crit: v.optional(v.never()),
  }),
  payload: v.object({
    typ: v.optional(v.pipe(lowerCase, v.picklist(CLAIM_TYPES))),
    // Cognito's own word for it; its ID tokens have `id`.
    token_use: v.optional(v.literal('access')),
    nonce: v.optional(v.unknown()),
    // OpenID Connect Core 1.0 §3.3.2.11: hashes that only ID tokens have.
    at_hash: v.optional(v.never()),
    c_hash: v.optional(v.never()),
    s_hash: v.optional(v.never()),
    // RFC 8417 §2.2: a security event, such as a logout token.
    events: v.optional(v.never()),
    // RFC 7800: the sender of this token must prove a key, and Keyturn cannot check the proof (DPoP, mutual TLS).
    cnf: v.optional(v.never()),
  }),
});

class NotAnAccessToken extends JwtInvalidClaimError {}

/** Throws an error of aws-jwt-verify unless a token is a plain access token: no ID, refresh or logout token. */
export function assertAccessToken(token: Readonly<{ header: unknown; payload: unknown }>): void {
  const parsed = v.safeParse(AccessTokenSchema, token);
  if (!parsed.success || isIdToken(parsed.output)) {
    throw new NotAnAccessToken('the token is not an access token', undefined);
  }
}

/** `nonce` is for ID tokens. Keycloak before version 24 put it into access tokens too, which say what they are. */
function isIdToken({ header, payload }: v.InferOutput<typeof AccessTokenSchema>): boolean {
  return payload.nonce !== undefined && payload.typ !== 'bearer' && !header.typ?.endsWith('at+jwt');
}
