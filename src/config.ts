import * as v from 'valibot';
import { GrantsSchema } from './http/grants.ts';

const ADYEN_URLS = {
  test: 'https://management-test.adyen.com/v3',
  live: 'https://management-live.adyen.com/v3',
} as const;

const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'SILENT', 'CRITICAL'] as const;

const text = v.pipe(v.string('is required'), v.nonEmpty('is required'));

/** A whole number of at least `least`, or `fallback` where nothing is set. */
const wholeNumber = (least: number, fallback: number) =>
  v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,9}$/, 'must be a whole number'),
      v.transform(Number),
      v.minValue(least, `must be at least ${least}`),
    ),
    String(fallback),
  );

/** A URL without anything that would change what is appended to it; without a slash at the end. */
const baseUrl = v.pipe(
  v.string(),
  v.check(
    (value) => URL.canParse(value) && /^https?:\/\/[^?#@]+$/.test(value),
    'must be an http(s) URL without a query, a fragment or a user',
  ),
  v.transform((value) => value.replace(/\/+$/, '')),
);

/** Plain http only to this machine: tokens and their keys must not come from a network that anybody can write to. */
const secureUrl = v.pipe(
  v.string('is required'),
  v.check((value) => {
    const url = URL.parse(value);
    return url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  }, 'must be an https URL'),
);

const EnvironmentSchema = v.pipe(
  v.object(
    {
      ADYEN_ENVIRONMENT: v.picklist(['test', 'live'], 'must be "test" or "live"'),
      ADYEN_MANAGEMENT_URL: v.optional(baseUrl),
      MANAGEMENT_CREDENTIAL_SECRET_ID: v.pipe(
        text,
        v.check(
          (id) => !/[{}]/.test(id.replaceAll('{level}', '').replaceAll('{accountId}', '')),
          'may hold {level} and {accountId} and no other placeholder',
        ),
      ),
      AUDIT_TABLE_NAME: text,
      OIDC_ISSUER: secureUrl,
      OIDC_AUDIENCE: text,
      OIDC_JWKS_URI: v.optional(secureUrl),
      CALLER_GRANTS: v.pipe(text, v.parseJson(undefined, 'must be JSON'), GrantsSchema),
      ROTATION_MIN_INTERVAL_SECONDS: wholeNumber(0, 86_400),
      ROTATION_QUARANTINE_SECONDS: wholeNumber(0, 120),
      KEY_PROPAGATION_SECONDS: wholeNumber(0, 300),
      UPSTREAM_TIMEOUT_MS: wholeNumber(1, 10_000),
      LOG_LEVEL: v.optional(v.picklist(LOG_LEVELS, `must be one of: ${LOG_LEVELS.join(', ')}`), 'INFO'),
    },
    'is required',
  ),
  v.forward(
    v.check(
      ({ ADYEN_ENVIRONMENT, ADYEN_MANAGEMENT_URL }) =>
        ADYEN_ENVIRONMENT !== 'live' ||
        ADYEN_MANAGEMENT_URL === undefined ||
        /^https:\/\/([a-z0-9-]+\.)+adyen\.com(\/|$)/.test(ADYEN_MANAGEMENT_URL),
      'must be https on a host below adyen.com where ADYEN_ENVIRONMENT is "live"',
    ),
    ['ADYEN_MANAGEMENT_URL'],
  ),
);

export type Config = Readonly<ReturnType<typeof parseConfig>>;

/**
 * Reads the settings of a function from its environment, once, at cold start. A variable that is set to nothing
 * counts as not set. Throws an error that names every bad variable and what it must be, and quotes none: a
 * secret may have been put where it does not belong.
 */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>) {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = v.safeParse(EnvironmentSchema, set);
  if (!parsed.success) {
    const faults = parsed.issues.map(
      (issue) => `${v.getDotPath(issue) ?? 'the environment'} ${issue.message}`,
    );
    throw new Error(`Keyturn can not start: ${[...new Set(faults)].join('; ')}`);
  }
  const settings = parsed.output;
  return {
    adyenUrl: settings.ADYEN_MANAGEMENT_URL ?? ADYEN_URLS[settings.ADYEN_ENVIRONMENT],
    upstreamTimeoutMs: settings.UPSTREAM_TIMEOUT_MS,
    managementCredentialSecretId: settings.MANAGEMENT_CREDENTIAL_SECRET_ID,
    auditTableName: settings.AUDIT_TABLE_NAME,
    oidc: {
      issuer: settings.OIDC_ISSUER,
      audience: settings.OIDC_AUDIENCE,
      jwksUri: settings.OIDC_JWKS_URI,
    },
    grants: settings.CALLER_GRANTS,
    rules: {
      minIntervalMs: settings.ROTATION_MIN_INTERVAL_SECONDS * 1000,
      quarantineMs: settings.ROTATION_QUARANTINE_SECONDS * 1000,
      propagationMs: settings.KEY_PROPAGATION_SECONDS * 1000,
    },
    logLevel: settings.LOG_LEVEL,
  };
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
}
