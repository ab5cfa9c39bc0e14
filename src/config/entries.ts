import * as v from 'valibot';
import { GrantsSchema } from './grants.ts';
import { ManagedSecretsSchema } from './managed-secrets.ts';
import { isSecureUrl } from './secure-url.ts';
import { settingOf } from './setting.ts';

/** Idempotency keys are remembered for a day: a record must be kept much longer. */
const LEAST_RETENTION_DAYS = 7;
/** A hundred years, well within the range of DynamoDB's TTL and RFC 3339. */
const MOST_RETENTION_DAYS = 36_500;

const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'SILENT', 'CRITICAL'] as const;

const text = v.pipe(v.string('is required'), v.nonEmpty('is required'));

const wholeNumber = (least: number) =>
  v.pipe(
    v.string(),
    v.regex(/^\d{1,9}$/, 'must be a whole number'),
    v.transform(Number),
    v.minValue(least, `must be at least ${least}`),
  );

/** The same, or `fallback` if it is not set. */
const wholeNumberOr = (fallback: number, least = 0) => v.optional(wholeNumber(least), String(fallback));

/** A whole number with an upper bound. `why` follows the bound in the message. */
const boundedNumber = (least: number, most: number, why = '') =>
  v.pipe(wholeNumber(least), v.maxValue(most, `must be at most ${most}${why}`));

/** A time (s) that passes before another key is current, while the previous one lives for 24 hours. */
const waitingTime = (fallback: number, least = 0) =>
  v.optional(boundedNumber(least, 14_400, ': 20 of the 24 hours must be left'), String(fallback));

/** A URL to which a path can be appended: without a query, a fragment, a user or a slash at the end. */
const baseUrl = v.pipe(
  v.string(),
  v.check(
    (value) => URL.canParse(value) && /^https?:\/\/[^?#@]+$/.test(value),
    'must be an http(s) URL without a query, a fragment or a user',
  ),
  v.transform((value) => value.replace(/\/+$/, '')),
);

const secureUrl = v.pipe(v.string('is required'), v.check(isSecureUrl, 'must be an https URL'));

/** The origin of a secure URL, and no more. */
const origin = v.pipe(
  secureUrl,
  v.check(
    (value) => URL.canParse(value) && new URL(value).origin === value,
    'must be an origin: no path, and no slash at the end',
  ),
);

const AUDIENCES = 'must be one audience, or several separated by commas';

/** Several values, separated by commas. */
const audiences = v.pipe(
  text,
  v.transform((list) => list.split(',').map((one) => one.trim())),
  v.check((list) => list.every((one) => one !== ''), AUDIENCES),
);

/** Scopes as RFC 6749, section 3.3, has them. Without `openid` the issuer does not say who has logged in. */
const scopes = v.pipe(
  v.string(),
  v.regex(/^[!#-[\]-~]+( [!#-[\]-~]+)*$/, 'must be scopes, with one space between them'),
  v.check((list) => list.split(' ').includes('openid'), 'must have the scope openid'),
);

/** The environment variables by subject: each function reads some of these groups. */
export const entries = {
  table: { AUDIT_TABLE_NAME: text },
  callers: {
    OIDC_ISSUER: secureUrl,
    OIDC_AUDIENCE: audiences,
    OIDC_JWKS_URI: v.optional(secureUrl),
  },
  grants: { CALLER_GRANTS: v.pipe(text, settingOf(GrantsSchema)) },
  secrets: {
    EVENT_BUS_NAME: text,
    MANAGED_SECRETS: v.pipe(v.optional(v.string(), '{}'), settingOf(ManagedSecretsSchema)),
  },
  closing: {
    ROTATION_QUARANTINE_SECONDS: waitingTime(120),
    AUDIT_RETENTION_DAYS: v.optional(boundedNumber(LEAST_RETENTION_DAYS, MOST_RETENTION_DAYS)),
  },
  verifying: {
    KEY_PROPAGATION_SECONDS: waitingTime(300),
    KEY_VERIFICATION_SECONDS: waitingTime(3_600, 60),
  },
  adyen: {
    ADYEN_ENVIRONMENT: v.picklist(['test', 'live'], 'must be "test" or "live"'),
    ADYEN_MANAGEMENT_URL: v.optional(baseUrl),
    UPSTREAM_TIMEOUT_MS: wholeNumberOr(10_000, 1),
  },
  checking: {
    KEY_CHECK_SECONDS: v.optional(boundedNumber(0, 86_400, ', which is once a day; 0 turns it off'), '3600'),
  },
  ageing: {
    KEY_MAX_AGE_DAYS: v.optional(boundedNumber(1, MOST_RETENTION_DAYS)),
  },
  page: {
    CONSOLE_CLIENT_ID: v.optional(v.string()),
    CONSOLE_SCOPES: v.optional(scopes, 'openid rotations:read apikeys:rotate'),
    CONSOLE_TOKEN_ORIGIN: v.optional(origin),
  },
  rotating: {
    MANAGEMENT_CREDENTIAL_SECRET_ID: v.pipe(
      text,
      v.check(
        (id) => !/[{}]/.test(id.replaceAll('{level}', '').replaceAll('{accountId}', '')),
        'may hold {level} and {accountId} and no other placeholder',
      ),
    ),
    ROTATION_MIN_INTERVAL_SECONDS: wholeNumberOr(86_400),
  },
  // The logger reads it itself; a bad value is refused here.
  log: { LOG_LEVEL: v.optional(v.picklist(LOG_LEVELS, `must be one of: ${LOG_LEVELS.join(', ')}`), 'INFO') },
};
