import type { entries } from './entries.ts';

type Groups = typeof entries;

/** The name of a setting of the functions. */
export type Setting = { [Group in keyof Groups]: keyof Groups[Group] }[keyof Groups];

/** What each setting means, for people. Not part of any bundle. */
export const SETTING_DESCRIPTIONS: Readonly<Record<Setting, string>> = {
  ADYEN_ENVIRONMENT: '`test` or `live`. Set by the stage.',
  ADYEN_MANAGEMENT_URL:
    'Another base URL of the Management API. With `live`: https, on a host below adyen.com.',
  MANAGEMENT_CREDENTIAL_SECRET_ID:
    'The secret with `{"apiKey": "…"}`. May contain `{level}` and `{accountId}`.',
  AUDIT_TABLE_NAME: 'Set by the stack.',
  EVENT_BUS_NAME: 'Set by the stack.',
  OIDC_ISSUER: "The `iss` of the callers' tokens, an https URL.",
  OIDC_AUDIENCE:
    "The `aud` of the callers' tokens: one, or several separated by commas. A scope may have one of them and a slash before it.",
  OIDC_JWKS_URI:
    "Where the issuer's keys are, if its discovery document is not to be used. API Gateway's authorizer, which would use it, is then [off](#issuers).",
  CALLER_GRANTS:
    '[Who may rotate which credential](#who-may-rotate-which-credential): JSON, or a profile in [AppConfig](#settings-in-appconfig).',
  MANAGED_SECRETS:
    '[Which API credentials have a managed secret](../workflow/README.md#which-api-credentials-have-a-managed-secret): JSON, or a profile in [AppConfig](#settings-in-appconfig).',
  ROTATION_MIN_INTERVAL_SECONDS: 'The overlap: no second key within this time, unless forced.',
  ROTATION_QUARANTINE_SECONDS: 'No second call within this time after an unknown outcome; at most 14400.',
  KEY_PROPAGATION_SECONDS: 'From the issue of a key to `usableFrom`; at most 14400.',
  KEY_VERIFICATION_SECONDS:
    'How long to probe a new key after `usableFrom`; 60 to 14400, so that 20 hours are left for an alarm.',
  KEY_CHECK_SECONDS:
    'How often the key in use of each managed secret is probed; at most 86400, and 0 turns it off.',
  KEY_MAX_AGE_DAYS:
    'The age at which a key is due for a rotation, 1 to 36500. No key is due if it is not set.',
  CONSOLE_CLIENT_ID:
    'The client id of [the console](../console/README.md) at the issuer. There is no console if it is not set.',
  CONSOLE_SCOPES:
    'The scopes that the console asks the issuer for, separated by spaces, as the issuer calls them.',
  CONSOLE_TOKEN_ORIGIN:
    "The origin of the issuer's token endpoint, if it is not that of `OIDC_ISSUER`: at Cognito, the domain of the user pool.",
  UPSTREAM_TIMEOUT_MS: 'The longest time that one call to Adyen may take.',
  AUDIT_RETENTION_DAYS:
    'How long a closed audit record is kept, 7 to 36500, and not shorter than the overlap. For ever if it is not set.',
  LOG_LEVEL:
    '`TRACE`, `DEBUG`, `INFO`, `WARN`, `ERROR`, `CRITICAL` or `SILENT`. Above `INFO` the log has no [anchors](../dynamodb/README.md#what-the-seals-alone-cannot-show).',
};
