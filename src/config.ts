import * as v from 'valibot';
import { GrantsSchema } from './http/grants.ts';

const ADYEN_URLS = {
  test: 'https://management-test.adyen.com/v3',
  live: 'https://management-live.adyen.com/v3',
} as const;

const DAY_MS = 86_400_000;
/** The overlap and the memory of idempotency keys are a day: a record must outlive both by far. */
const LEAST_RETENTION_DAYS = 7;

const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'SILENT', 'CRITICAL'] as const;

const text = v.pipe(v.string('is required'), v.nonEmpty('is required'));

const wholeNumber = (least: number) =>
  v.pipe(
    v.string(),
    v.regex(/^\d{1,9}$/, 'must be a whole number'),
    v.transform(Number),
    v.minValue(least, `must be at least ${least}`),
  );

/** A whole number of at least `least`, or `fallback` where nothing is set. */
const wholeNumberOr = (fallback: number, least = 0) => v.optional(wholeNumber(least), String(fallback));

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

const entries = {
  table: { AUDIT_TABLE_NAME: text },
  callers: {
    OIDC_ISSUER: secureUrl,
    OIDC_AUDIENCE: text,
    OIDC_JWKS_URI: v.optional(secureUrl),
    CALLER_GRANTS: v.pipe(text, v.parseJson(undefined, 'must be JSON'), GrantsSchema),
  },
  closing: {
    ROTATION_QUARANTINE_SECONDS: wholeNumberOr(120),
    AUDIT_RETENTION_DAYS: v.optional(wholeNumber(LEAST_RETENTION_DAYS)),
  },
  upstream: {
    ADYEN_ENVIRONMENT: v.picklist(['test', 'live'], 'must be "test" or "live"'),
    ADYEN_MANAGEMENT_URL: v.optional(baseUrl),
    MANAGEMENT_CREDENTIAL_SECRET_ID: v.pipe(
      text,
      v.check(
        (id) => !/[{}]/.test(id.replaceAll('{level}', '').replaceAll('{accountId}', '')),
        'may hold {level} and {accountId} and no other placeholder',
      ),
    ),
    ROTATION_MIN_INTERVAL_SECONDS: wholeNumberOr(86_400),
    KEY_PROPAGATION_SECONDS: wholeNumberOr(300),
    UPSTREAM_TIMEOUT_MS: wholeNumberOr(10_000, 1),
  },
  // Read by the logger itself; a bad value is refused here.
  log: { LOG_LEVEL: v.optional(v.picklist(LOG_LEVELS, `must be one of: ${LOG_LEVELS.join(', ')}`), 'INFO') },
};

const RotateSchema = v.pipe(
  v.object(
    { ...entries.upstream, ...entries.table, ...entries.callers, ...entries.closing, ...entries.log },
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
const ReadSchema = v.object({ ...entries.table, ...entries.callers, ...entries.log }, 'is required');
const SweepSchema = v.object({ ...entries.table, ...entries.closing, ...entries.log }, 'is required');

export type Environment = Readonly<Record<string, string | undefined>>;

/** The settings of the function that rotates. See {@link read} for what it throws. */
export function parseConfig(environment: Environment) {
  const settings = read(RotateSchema, environment);
  return {
    adyenUrl: settings.ADYEN_MANAGEMENT_URL ?? ADYEN_URLS[settings.ADYEN_ENVIRONMENT],
    upstreamTimeoutMs: settings.UPSTREAM_TIMEOUT_MS,
    managementCredentialSecretId: settings.MANAGEMENT_CREDENTIAL_SECRET_ID,
    auditTableName: settings.AUDIT_TABLE_NAME,
    ...callers(settings),
    rules: {
      ...closing(settings),
      minIntervalMs: settings.ROTATION_MIN_INTERVAL_SECONDS * 1000,
      propagationMs: settings.KEY_PROPAGATION_SECONDS * 1000,
    },
  };
}

/** The settings of the functions that read the audit. See {@link read} for what it throws. */
export function parseReadConfig(environment: Environment) {
  const settings = read(ReadSchema, environment);
  return { auditTableName: settings.AUDIT_TABLE_NAME, ...callers(settings) };
}

/** The settings of the sweep. See {@link read} for what it throws. */
export function parseSweepConfig(environment: Environment) {
  const settings = read(SweepSchema, environment);
  return { auditTableName: settings.AUDIT_TABLE_NAME, rules: closing(settings) };
}

/**
 * Reads the settings of a function from its environment, once, at cold start. A variable that is set to nothing
 * counts as not set. Throws an error that names every bad variable and what it must be, and quotes none: a
 * secret may have been put where it does not belong.
 */
function read<T extends v.GenericSchema>(schema: T, environment: Environment): v.InferOutput<T> {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = v.safeParse(schema, set);
  if (parsed.success) return parsed.output;
  const faults = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'the environment'} ${issue.message}`);
  throw new Error(`Keyturn can not start: ${[...new Set(faults)].join('; ')}`);
}

function callers({
  OIDC_ISSUER,
  OIDC_AUDIENCE,
  OIDC_JWKS_URI,
  CALLER_GRANTS,
}: v.InferOutput<typeof ReadSchema>) {
  return {
    oidc: { issuer: OIDC_ISSUER, audience: OIDC_AUDIENCE, jwksUri: OIDC_JWKS_URI },
    grants: CALLER_GRANTS,
  };
}

function closing(settings: v.InferOutput<typeof SweepSchema>) {
  const { ROTATION_QUARANTINE_SECONDS, AUDIT_RETENTION_DAYS } = settings;
  return {
    quarantineMs: ROTATION_QUARANTINE_SECONDS * 1000,
    ...(AUDIT_RETENTION_DAYS !== undefined && { retentionMs: AUDIT_RETENTION_DAYS * DAY_MS }),
  };
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
}
