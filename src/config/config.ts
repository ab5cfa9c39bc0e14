import * as v from 'valibot';
import type { StateRules } from '../rotation/key-state.ts';
import type { ClosingRules, RotationRules } from '../rotation/rules.ts';
import { entries } from './entries.ts';
import type { Grants } from './grants.ts';
import type { ManagedSecretsConfig } from './managed-secrets.ts';
import type { Setting } from './setting.ts';

const ADYEN_URLS = {
  test: 'https://management-test.adyen.com/v3',
  live: 'https://management-live.adyen.com/v3',
} as const;

const DAY_MS = 86_400_000;

const { table, callers, grants, secrets, closing, verifying, adyen, rotating, checking, ageing, page, log } =
  entries;
const MISSING = 'is required';

const AdyenSchema = v.pipe(
  v.object(adyen, MISSING),
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
const RotatingSchema = v.pipe(
  v.object({ ...rotating, ...closing }, MISSING),
  v.forward(
    v.check(
      ({ AUDIT_RETENTION_DAYS: days, ROTATION_MIN_INTERVAL_SECONDS }) =>
        days === undefined || days * DAY_MS >= ROTATION_MIN_INTERVAL_SECONDS * 1000,
      'must be as long as ROTATION_MIN_INTERVAL_SECONDS at least: it ends with the record',
    ),
    ['AUDIT_RETENTION_DAYS'],
  ),
);
const audit = { ...table, ...secrets, ...closing, ...verifying, ...log };

const RotateSchema = v.intersect([
  AdyenSchema,
  RotatingSchema,
  v.object({ ...audit, ...callers, ...grants }, MISSING),
]);
const WorkflowSchema = v.intersect([AdyenSchema, RotatingSchema, v.object({ ...audit, ...grants }, MISSING)]);
const SecretRotationSchema = v.intersect([AdyenSchema, RotatingSchema, v.object(audit, MISSING)]);
const ReadSchema = v.object({ ...table, ...callers, ...grants, ...log }, MISSING);
const ConsumersSchema = v.object({ ...audit, ...callers, ...grants }, MISSING);
const StateSchema = v.object(
  {
    ...table,
    ...callers,
    ...grants,
    ...log,
    MANAGED_SECRETS: secrets.MANAGED_SECRETS,
    ...ageing,
    ROTATION_MIN_INTERVAL_SECONDS: rotating.ROTATION_MIN_INTERVAL_SECONDS,
    ROTATION_QUARANTINE_SECONDS: closing.ROTATION_QUARANTINE_SECONDS,
  },
  MISSING,
);
const SweepSchema = v.object(audit, MISSING);
const CheckSchema = v.intersect([AdyenSchema, v.object({ ...audit, ...checking, ...ageing }, MISSING)]);
const CheckKeySchema = v.intersect([AdyenSchema, v.object({ ...audit, ...callers, ...grants }, MISSING)]);
const EnrolSchema = v.object(
  { ...table, MANAGED_SECRETS: secrets.MANAGED_SECRETS, ...checking, ...log },
  MISSING,
);

const ConsoleSchema = v.object(
  { OIDC_ISSUER: callers.OIDC_ISSUER, OIDC_AUDIENCE: callers.OIDC_AUDIENCE, ...page, ...log },
  MISSING,
);

const PagesSchema = v.object({ CONSOLE_CLIENT_ID: page.CONSOLE_CLIENT_ID, ...log }, MISSING);

export type Environment = Readonly<Record<string, string | undefined>>;

/** How the audit table is written, and the managed secrets and the bus beside it. */
export type AuditConfig = Readonly<{
  auditTableName: string;
  eventBusName: string;
  managedSecrets: Setting<ManagedSecretsConfig>;
  rules: ClosingRules;
}>;

/** The same, and how Adyen is called. */
export type RotationConfig = Omit<AuditConfig, 'rules'> &
  Readonly<{
    adyenUrl: string;
    upstreamTimeoutMs: number;
    managementCredentialSecretId: string;
    rules: RotationRules;
  }>;

/** Whose tokens are accepted, and who may do what. */
export type CallersConfig = Readonly<{
  oidc: Readonly<{ issuer: string; audiences: readonly string[]; jwksUri: string | undefined }>;
  grants: Setting<Grants>;
}>;

/** How a key in use is probed. */
export type ProbeConfig = AuditConfig & Readonly<{ adyenUrl: string; upstreamTimeoutMs: number }>;

/**
 * How the keys in use are checked. `intervalMs`: between two checks of one key; 0 is never. `maxAgeMs`: after this time a
 * key is due; never if it is not set.
 */
export type CheckConfig = ProbeConfig & Readonly<{ intervalMs: number; maxAgeMs?: number }>;

/** Which API credentials the checks must know. */
export type EnrolConfig = Pick<CheckConfig, 'auditTableName' | 'managedSecrets' | 'intervalMs'>;

/**
 * How the console lets people log in. `clientId`: absent if there is no console. `connectTo`: the origins at the issuer
 * that the page calls.
 */
export type ConsoleConfig = Readonly<{
  issuer: string;
  audiences: readonly string[];
  clientId: string | undefined;
  scopes: string;
  connectTo: readonly string[];
}>;

/** What the front page leads to. */
export type PagesConfig = Readonly<{ hasConsole: boolean }>;

export type RotateConfig = RotationConfig & CallersConfig;
export type WorkflowConfig = RotationConfig & Readonly<{ grants: Setting<Grants> }>;
export type CheckKeyConfig = ProbeConfig & CallersConfig;
export type ReadConfig = CallersConfig & Readonly<{ auditTableName: string }>;

/** How the acknowledgements of consumers are noted. */
export type ConsumersConfig = AuditConfig & CallersConfig;

/** How the state of a key is derived. */
export type StateConfig = ReadConfig & Pick<AuditConfig, 'managedSecrets'> & Readonly<{ rules: StateRules }>;

/** The settings of the function that rotates over HTTP. See {@link read} for what it throws. */
export function parseRotateConfig(environment: Environment): RotateConfig {
  const settings = read(RotateSchema, environment);
  return { ...rotationConfig(settings), ...callersConfig(settings) };
}

/** The settings of the workflow that events start. See {@link read} for what it throws. */
export function parseWorkflowConfig(environment: Environment): WorkflowConfig {
  const settings = read(WorkflowSchema, environment);
  return { ...rotationConfig(settings), grants: settings.CALLER_GRANTS };
}

/** The settings of the function that Secrets Manager calls. See {@link read} for what it throws. */
export function parseSecretRotationConfig(environment: Environment): RotationConfig {
  return rotationConfig(read(SecretRotationSchema, environment));
}

/** The settings of the functions that read the audit. See {@link read} for what it throws. */
export function parseReadConfig(environment: Environment): ReadConfig {
  const settings = read(ReadSchema, environment);
  return { auditTableName: settings.AUDIT_TABLE_NAME, ...callersConfig(settings) };
}

/** The settings of the function that tells the state of keys. See {@link read} for what it throws. */
export function parseStateConfig(environment: Environment): StateConfig {
  const settings = read(StateSchema, environment);
  return {
    auditTableName: settings.AUDIT_TABLE_NAME,
    ...callersConfig(settings),
    managedSecrets: settings.MANAGED_SECRETS,
    rules: {
      minIntervalMs: settings.ROTATION_MIN_INTERVAL_SECONDS * 1000,
      quarantineMs: settings.ROTATION_QUARANTINE_SECONDS * 1000,
      ...ageingConfig(settings),
    },
  };
}

/** The settings of the function that notes which keys consumers use. See {@link read} for what it throws. */
export function parseConsumersConfig(environment: Environment): ConsumersConfig {
  const settings = read(ConsumersSchema, environment);
  return { ...auditConfig(settings), ...callersConfig(settings) };
}

/** The settings of the sweep. See {@link read} for what it throws. */
export function parseSweepConfig(environment: Environment): AuditConfig {
  return auditConfig(read(SweepSchema, environment));
}

/** The settings of the key check. See {@link read} for what it throws. */
export function parseCheckConfig(environment: Environment): CheckConfig {
  const settings = read(CheckSchema, environment);
  return {
    ...auditConfig(settings),
    ...adyenConfig(settings),
    intervalMs: settings.KEY_CHECK_SECONDS * 1000,
    ...ageingConfig(settings),
  };
}

/** The settings of the function that checks one key over HTTP. See {@link read} for what it throws. */
export function parseCheckKeyConfig(environment: Environment): CheckKeyConfig {
  const settings = read(CheckKeySchema, environment);
  return { ...auditConfig(settings), ...adyenConfig(settings), ...callersConfig(settings) };
}

/** The settings of the enrolment for the key check. See {@link read} for what it throws. */
export function parseEnrolConfig(environment: Environment): EnrolConfig {
  const settings = read(EnrolSchema, environment);
  return {
    auditTableName: settings.AUDIT_TABLE_NAME,
    managedSecrets: settings.MANAGED_SECRETS,
    intervalMs: settings.KEY_CHECK_SECONDS * 1000,
  };
}

/** The settings of the function that serves the console. See {@link read} for what it throws. */
export function parseConsoleConfig(environment: Environment): ConsoleConfig {
  const settings = read(ConsoleSchema, environment);
  const { OIDC_ISSUER, OIDC_AUDIENCE, CONSOLE_CLIENT_ID, CONSOLE_SCOPES, CONSOLE_TOKEN_ORIGIN } = settings;
  return {
    issuer: OIDC_ISSUER,
    audiences: OIDC_AUDIENCE,
    clientId: CONSOLE_CLIENT_ID,
    scopes: CONSOLE_SCOPES,
    connectTo: [
      ...new Set(
        [new URL(OIDC_ISSUER).origin, CONSOLE_TOKEN_ORIGIN ?? OIDC_ISSUER].map((url) => new URL(url).origin),
      ),
    ],
  };
}

/** The settings of the function that serves the front page. See {@link read} for what it throws. */
export function parsePagesConfig(environment: Environment): PagesConfig {
  return { hasConsole: read(PagesSchema, environment).CONSOLE_CLIENT_ID !== undefined };
}

/**
 * Reads the settings of a function from its environment, once, at cold start. An empty variable counts as not set.
 * Throws an error that names every bad variable and what it must be, and quotes no value: it may be a secret in the
 * wrong place.
 */
function read<T extends v.GenericSchema>(schema: T, environment: Environment): v.InferOutput<T> {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = v.safeParse(schema, set);
  if (parsed.success) return parsed.output;
  // Not the whole path: below the variable it is the content's.
  const faults = parsed.issues.map(
    ({ path, message }) => `${path?.[0]?.key ?? 'the environment'} ${message}`,
  );
  throw new Error(`Keyturn cannot start: ${[...new Set(faults)].join('; ')}`);
}

function rotationConfig(settings: v.InferOutput<typeof SecretRotationSchema>): RotationConfig {
  const { rules, ...audit } = auditConfig(settings);
  return {
    ...audit,
    ...adyenConfig(settings),
    managementCredentialSecretId: settings.MANAGEMENT_CREDENTIAL_SECRET_ID,
    rules: { ...rules, minIntervalMs: settings.ROTATION_MIN_INTERVAL_SECONDS * 1000 },
  };
}

function ageingConfig({ KEY_MAX_AGE_DAYS: days }: { KEY_MAX_AGE_DAYS?: number | undefined }) {
  return days === undefined ? {} : { maxAgeMs: days * DAY_MS };
}

function adyenConfig(settings: v.InferOutput<typeof AdyenSchema>) {
  return {
    adyenUrl: settings.ADYEN_MANAGEMENT_URL ?? ADYEN_URLS[settings.ADYEN_ENVIRONMENT],
    upstreamTimeoutMs: settings.UPSTREAM_TIMEOUT_MS,
  };
}

function auditConfig(settings: v.InferOutput<typeof SweepSchema>): AuditConfig {
  const { ROTATION_QUARANTINE_SECONDS, AUDIT_RETENTION_DAYS } = settings;
  return {
    auditTableName: settings.AUDIT_TABLE_NAME,
    eventBusName: settings.EVENT_BUS_NAME,
    managedSecrets: settings.MANAGED_SECRETS,
    rules: {
      quarantineMs: ROTATION_QUARANTINE_SECONDS * 1000,
      ...(AUDIT_RETENTION_DAYS !== undefined && { retentionMs: AUDIT_RETENTION_DAYS * DAY_MS }),
      propagationMs: settings.KEY_PROPAGATION_SECONDS * 1000,
      verificationMs: settings.KEY_VERIFICATION_SECONDS * 1000,
    },
  };
}

function callersConfig(settings: v.InferOutput<typeof ReadSchema>): CallersConfig {
  const { OIDC_ISSUER, OIDC_AUDIENCE, OIDC_JWKS_URI, CALLER_GRANTS } = settings;
  return {
    oidc: { issuer: OIDC_ISSUER, audiences: OIDC_AUDIENCE, jwksUri: OIDC_JWKS_URI },
    grants: CALLER_GRANTS,
  };
}
