import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseCheckConfig, parseConsoleConfig, parseRotateConfig } from './config.ts';

const complete = {
  ADYEN_ENVIRONMENT: 'test',
  MANAGEMENT_CREDENTIAL_SECRET_ID: 'keyturn/management/{level}/{accountId}',
  AUDIT_TABLE_NAME: 'keyturn-audit',
  EVENT_BUS_NAME: 'keyturn',
  OIDC_ISSUER: 'https://issuer.example.com/',
  OIDC_AUDIENCE: 'keyturn',
  CALLER_GRANTS: '{"client:app":["merchants/ACME_*/apiCredentials/*"]}',
};
const messageFor = (changes: Record<string, string | undefined>) => {
  try {
    parseRotateConfig({ ...complete, ...changes });
    return 'accepted';
  } catch (error) {
    return error instanceof Error ? error.message : 'not an error';
  }
};

describe('the configuration', () => {
  it('fills in its defaults', () => {
    expect(parseRotateConfig({ ...complete, OIDC_JWKS_URI: '', LOG_LEVEL: '' })).toMatchObject({
      adyenUrl: 'https://management-test.adyen.com/v3',
      upstreamTimeoutMs: 10_000,
      oidc: { issuer: 'https://issuer.example.com/', audiences: ['keyturn'], jwksUri: undefined },
      rules: { minIntervalMs: 86_400_000, quarantineMs: 120_000, propagationMs: 300_000 },
    });
  });

  it('uses the live host for the live environment', () => {
    expect(parseRotateConfig({ ...complete, ADYEN_ENVIRONMENT: 'live' }).adyenUrl).toBe(
      'https://management-live.adyen.com/v3',
    );
  });

  it('drops the slash at the end of another base URL', () => {
    const { adyenUrl } = parseRotateConfig({
      ...complete,
      ADYEN_MANAGEMENT_URL: 'http://localhost:3002/v3/',
    });
    expect(adyenUrl).toBe('http://localhost:3002/v3');
  });

  it.each([
    ['ADYEN_ENVIRONMENT', undefined],
    ['ADYEN_ENVIRONMENT', 'production'],
    ['ADYEN_MANAGEMENT_URL', 'management-test.adyen.com'],
    ['ADYEN_MANAGEMENT_URL', 'https://user@management-test.adyen.com/v3'],
    ['ADYEN_MANAGEMENT_URL', 'https://management-test.adyen.com/v3?x=1'],
    ['MANAGEMENT_CREDENTIAL_SECRET_ID', ''],
    ['MANAGEMENT_CREDENTIAL_SECRET_ID', 'keyturn/{merchant}'],
    ['AUDIT_TABLE_NAME', undefined],
    ['OIDC_ISSUER', 'http://issuer.example.com'],
    ['OIDC_ISSUER', 'issuer'],
    ['OIDC_AUDIENCE', ''],
    ['OIDC_AUDIENCE', 'keyturn,,other'],
    ['OIDC_JWKS_URI', 'http://issuer.example.com/jwks'],
    ['CALLER_GRANTS', 'not json'],
    ['CALLER_GRANTS', '[]'],
    ['CALLER_GRANTS', '{"app":["merchants/*/apiCredentials/*"]}'],
    ['CALLER_GRANTS', '{"role:app":["merchants/*/apiCredentials/*"]}'],
    ['CALLER_GRANTS', '{"client:":["merchants/*/apiCredentials/*"]}'],
    ['CALLER_GRANTS', '{"client:app":["merchants/*"]}'],
    ['EVENT_BUS_NAME', ''],
    ['MANAGED_SECRETS', 'not json'],
    ['MANAGED_SECRETS', '[]'],
    ['MANAGED_SECRETS', '{"merchants/*":"keyturn/keys"}'],
    ['MANAGED_SECRETS', '{"merchants/ACME_NL/apiCredentials/S2-1":"keyturn/{merchant}"}'],
    ['MANAGED_SECRETS', '{"merchants/ACME_NL/apiCredentials/S2-*":"keyturn/one-for-all"}'],
    ['MANAGED_SECRETS', '{"merchants/*/apiCredentials/*":"keyturn/{accountId}-{apiCredentialId}"}'],
    ['KEY_VERIFICATION_SECONDS', '14401'],
    // As if they were in milliseconds: the key in use would end before the new one is looked at, or another one made.
    ['KEY_PROPAGATION_SECONDS', '300000'],
    ['ROTATION_QUARANTINE_SECONDS', '120000'],
    ['ROTATION_MIN_INTERVAL_SECONDS', '-1'],
    ['ROTATION_QUARANTINE_SECONDS', '2m'],
    ['AUDIT_RETENTION_DAYS', '6'],
    ['AUDIT_RETENTION_DAYS', '36501'],
    ['KEY_PROPAGATION_SECONDS', '1.5'],
    ['UPSTREAM_TIMEOUT_MS', '0'],
    ['LOG_LEVEL', 'LOUD'],
  ])('stops the start because of %s=%s, and names the variable', (name, value) => {
    expect(messageFor({ [name]: value })).toContain(`Keyturn cannot start: ${name}`);
  });

  it.each([
    'http://management-live.adyen.com/v3',
    'https://adyen.com.evil.example/v3',
    'https://eviladyen.com/v3',
    'https://localhost:3002/v3',
  ])('does not allow live keys to go to %s', (url) => {
    expect(messageFor({ ADYEN_ENVIRONMENT: 'live', ADYEN_MANAGEMENT_URL: url })).toContain(
      'ADYEN_MANAGEMENT_URL',
    );
  });

  it('stops the start if records would expire that ROTATION_MIN_INTERVAL_SECONDS still needs', () => {
    const days = (count: number) => ({
      ROTATION_MIN_INTERVAL_SECONDS: String(count * 86_400),
      AUDIT_RETENTION_DAYS: '30',
    });
    expect(messageFor(days(31))).toContain('Keyturn cannot start: AUDIT_RETENTION_DAYS must be as long as');
    expect(messageFor(days(30))).toBe('accepted');
  });

  it('stops the start if keys in use would be checked less often than once a day', () => {
    const parse = (KEY_CHECK_SECONDS: string) => parseCheckConfig({ ...complete, KEY_CHECK_SECONDS });
    expect(() => parse('3600000')).toThrow('Keyturn cannot start: KEY_CHECK_SECONDS must be at most 86400');
    expect([parse('0').intervalMs, parse('86400').intervalMs]).toEqual([0, 86_400_000]);
  });

  it('names every missing variable as required', () => {
    expect(() => parseRotateConfig({ ADYEN_ENVIRONMENT: 'test' })).toThrow(
      'Keyturn cannot start: MANAGEMENT_CREDENTIAL_SECRET_ID is required; AUDIT_TABLE_NAME is required; ' +
        'EVENT_BUS_NAME is required; ' +
        'OIDC_ISSUER is required; OIDC_AUDIENCE is required; CALLER_GRANTS is required',
    );
  });

  it('reads several audiences', () => {
    const { oidc } = parseRotateConfig({
      ...complete,
      OIDC_AUDIENCE: 'keyturn, https://keyturn.example.com/',
    });
    expect(oidc.audiences).toEqual(['keyturn', 'https://keyturn.example.com/']);
  });

  it('refuses a bare name of a caller, and says how to write it', () => {
    expect(messageFor({ CALLER_GRANTS: '{"app":["merchants/*/apiCredentials/*"]}' })).toBe(
      'Keyturn cannot start: CALLER_GRANTS must name each caller as "client:<client id>", "subject:<sub>" or "event:<source>"',
    );
  });

  it.each([
    ['CALLER_GRANTS', '{"AQEsecret":["merchants/*/apiCredentials/*"]}'],
    ['CALLER_GRANTS', '{"client:AQEsecret":["AQEsecret"]}'],
    ['CALLER_GRANTS', '{"client:AQEsecret":"AQEsecret"}'],
    ['CALLER_GRANTS', '{"client:AQEsecret'],
    ['MANAGED_SECRETS', '{"AQEsecret":"AQEsecret"}'],
    ['MANAGED_SECRETS', '{"merchants/AQEsecret/apiCredentials/*":"AQEsecret"}'],
    ['OIDC_ISSUER', 'AQEsecret'],
    ['OIDC_JWKS_URI', 'http://AQEsecret.example.com'],
    ['ADYEN_MANAGEMENT_URL', 'AQEsecret'],
    ['MANAGEMENT_CREDENTIAL_SECRET_ID', '{AQEsecret}'],
    ['LOG_LEVEL', 'AQEsecret'],
    ['KEY_CHECK_SECONDS', 'AQEsecret'],
    ['KEY_VERIFICATION_SECONDS', 'AQEsecret'],
  ])('quotes nothing of the content of %s=%s', (name, value) => {
    const parse = name === 'KEY_CHECK_SECONDS' ? parseCheckConfig : parseRotateConfig;
    const error = (() => {
      try {
        return parse({ ...complete, [name]: value });
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ message: expect.stringContaining(`Keyturn cannot start: ${name} `) });
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('AQEsecret');
  });

  it.each([
    ['CONSOLE_SCOPES', 'rotations:read', 'must have the scope openid'],
    ['CONSOLE_SCOPES', 'openid  rotations:read', 'must be scopes, with one space between them'],
    ['CONSOLE_SCOPES', 'openid "x"', 'must be scopes, with one space between them'],
    ['CONSOLE_TOKEN_ORIGIN', 'https://login.example.com/oauth2', 'must be an origin'],
    ['CONSOLE_TOKEN_ORIGIN', "https://login.example.com; script-src 'unsafe-inline'", 'must be an https URL'],
    ['CONSOLE_TOKEN_ORIGIN', 'http://login.example.com', 'must be an https URL'],
  ])('lets no console start with %s=%s', (name, value, why) => {
    expect(() => parseConsoleConfig({ ...complete, [name]: value })).toThrow(`${name} ${why}`);
  });

  it('names every bad variable at once, and quotes no value', () => {
    const message = messageFor({ AUDIT_TABLE_NAME: '', CALLER_GRANTS: 'AQEsecret', LOG_LEVEL: 'AQEsecret' });
    expect(message).toMatch(/AUDIT_TABLE_NAME.*LOG_LEVEL.*CALLER_GRANTS/);
    expect(message).not.toContain('AQEsecret');
  });
});
