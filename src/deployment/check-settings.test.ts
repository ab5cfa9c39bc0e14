import { expect, it } from 'vitest';
import { checkSettings } from './check-settings.ts';

const problemOf = (environment: Record<string, unknown>) => checkSettings({ rotate: { environment } });

it('settings that the functions accept are no problem', () => {
  expect(problemOf({ OIDC_AUDIENCE: 'keyturn', LOG_LEVEL: '', OIDC_JWKS_URI: '' })).toBeUndefined();
});

it('every missing or bad setting is named once, and no value is quoted', () => {
  const environment = { OIDC_AUDIENCE: '', OIDC_ISSUER: 'AQEsecret', KEY_CHECK_SECONDS: '1h' };
  const problem = checkSettings({ rotate: { environment }, rotations: { environment } });
  expect(problem).toBe(
    'Keyturn cannot be packaged: OIDC_AUDIENCE is required; OIDC_ISSUER must be an https URL; ' +
      'KEY_CHECK_SECONDS must be a whole number. The settings are in src/deployment/README.md.',
  );
});

it('a value that CloudFormation fills in is not judged, and neither is a variable that is no setting', () => {
  expect(problemOf({ AUDIT_TABLE_NAME: { Ref: 'AuditTable' }, NODE_OPTIONS: '' })).toBeUndefined();
});
