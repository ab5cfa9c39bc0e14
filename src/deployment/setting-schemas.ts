import { GRANTEE } from '../config/grants.ts';
import { SECRET_TEMPLATE } from '../config/managed-secrets.ts';
import { CREDENTIAL_PATTERN } from '../rotation/credential-pattern.ts';

/** AppConfig validates by draft 4: docs.aws.amazon.com/appconfig/latest/userguide/appconfig-creating-configuration-and-profile-validators.html */
const $schema = 'http://json-schema.org/draft-04/schema#';

/** What the functions will accept of a document, as far as a JSON Schema can say it. */
export const SETTING_SCHEMAS = {
  CALLER_GRANTS: {
    $schema,
    type: 'object',
    patternProperties: {
      [GRANTEE.source]: { type: 'array', items: { type: 'string', pattern: CREDENTIAL_PATTERN.source } },
    },
    additionalProperties: false,
  },
  MANAGED_SECRETS: {
    $schema,
    type: 'object',
    patternProperties: {
      [CREDENTIAL_PATTERN.source]: { type: 'string', pattern: SECRET_TEMPLATE.source },
    },
    additionalProperties: false,
  },
} as const;
