import http from 'node:http';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { GrantsSchema } from '../src/config/grants.ts';
import { ManagedSecretsSchema } from '../src/config/managed-secrets.ts';
import { checkEnvironmentSize } from '../src/deployment/environment-size.ts';
import { resourcesBySettings } from '../src/deployment/resources-by-settings.ts';
import { SETTING_SCHEMAS } from '../src/deployment/setting-schemas.ts';
import { listeningPort } from '../src/local/listening-port.ts';
import { dashboardOf } from './support/dashboard.ts';
import { type Package, packageFor } from './support/package.ts';

// It packages, which takes some seconds of a processor that other tests use too.
vi.setConfig({ hookTimeout: 300_000 });

const SETTINGS = {
  MANAGEMENT_CREDENTIAL_SECRET_ID: 'keyturn/management-credential',
  OIDC_ISSUER: 'https://issuer.example.com/',
  OIDC_AUDIENCE: 'keyturn',
  CALLER_GRANTS: '{"client:app":["merchants/ACME_*/apiCredentials/*"]}',
};
const IN_APPCONFIG = {
  CALLER_GRANTS: 'appconfig:keyturn-test/test/caller-grants',
  MANAGED_SECRETS: 'appconfig:keyturn-test/test/managed-secrets',
};
const grantsOf = (callers: number) =>
  JSON.stringify(
    Object.fromEntries(
      Array.from({ length: callers }, (_, index) => [
        `client:application-${index}`,
        [`merchants/ACME_${index}/apiCredentials/*`],
      ]),
    ),
  );

type Resources = Package['template']['Resources'];
let packages: readonly Package[];
let inEnvironment: Package['template'];
let inAppConfig: Resources;
let refusal: string;

beforeAll(async () => {
  const [first, second] = await Promise.all([
    packageFor('test', SETTINGS),
    packageFor(
      'test',
      { ...SETTINGS, ...IN_APPCONFIG, OIDC_AUDIENCE: 'keyturn, https://keyturn.example.com' },
      { appConfig: 'on' },
    ),
  ]);
  packages = [first, second];
  [inEnvironment, inAppConfig] = [first.template, second.template.Resources];
  refusal = await packageFor('test', { ...SETTINGS, CALLER_GRANTS: grantsOf(60) }).then(
    () => 'packaged',
    (error: Error) => error.message,
  );
});
afterAll(() => Promise.all(packages.map((one) => one.remove())));

/** The template with settings in the environment, with some of them changed. */
function templateWith(settings: Record<string, string>) {
  const resources = Object.entries(inEnvironment.Resources).map(([id, resource]) => {
    const environment = v.safeParse(
      v.object({ Variables: v.record(v.string(), v.unknown()) }),
      resource.Properties.Environment,
    );
    if (!environment.success) return [id, resource];
    const { Variables } = environment.output;
    const changed = Object.entries(settings).filter(([name]) => name in Variables);
    const Environment = { Variables: { ...Variables, ...Object.fromEntries(changed) } };
    return [id, { ...resource, Properties: { ...resource.Properties, Environment } }];
  });
  return { ...inEnvironment, Resources: Object.fromEntries(resources) };
}

/** What becomes of that template by the settings for the plugin. */
const resourcesBy = (custom: Record<string, string>, template: unknown = inEnvironment) =>
  resourcesBySettings({
    service: 'keyturn',
    provider: { stage: 'test', compiledCloudFormationTemplate: template },
    custom: {
      runbookUrl: 'runbook',
      settings: {
        appConfig: 'off',
        gatewayAuthorizer: '',
        oidcAudience: 'keyturn',
        oidcJwksUri: '',
        ...custom,
      },
    },
  });

const ofType = (resources: Resources, type: string) =>
  Object.entries(resources).filter(([, { Type }]) => Type === type);

/** The statements about AppConfig, by function. */
function appConfigStatements(resources: Resources) {
  return ofType(resources, 'AWS::IAM::Role').flatMap(([id, { Properties }]) => {
    const statements: object[] = Object(Properties.Policies)[0]?.PolicyDocument.Statement ?? [];
    const found = statements.filter((statement) => JSON.stringify(statement).includes('appconfig:'));
    return found.map((statement) => [id.replace('IamRoleLambdaExecution', ''), statement] as const);
  });
}

describe('settings in the environment', () => {
  it('that do not fit are refused at packaging, with their sizes and the way out', () => {
    expect(refusal).toMatch(
      /The settings do not fit into Lambda's 4096 bytes for all variables of a function: \d{4} bytes at most \(CALLER_GRANTS \d{4}, MANAGED_SECRETS \d+\), in Rotate, Workflow/,
    );
    expect(refusal).toContain('Put CALLER_GRANTS or MANAGED_SECRETS into AppConfig');
    expect(refusal).not.toContain('application-1');
  });

  it('are measured as Lambda does: the JSON text of all variables', () => {
    const template = (ONE: string) => ({
      Parameters: {},
      Resources: {
        OneLambdaFunction: {
          Type: 'AWS::Lambda::Function',
          Properties: { Environment: { Variables: { ONE } } },
        },
      },
    });
    // {"ONE":"\"x…x\""}
    expect(checkEnvironmentSize(template(`"${'x'.repeat(4096 - 14)}"`))).toBeUndefined();
    expect(checkEnvironmentSize(template(`"${'x'.repeat(4096 - 13)}"`))).toMatch(/4097 bytes/);
  });

  it('need no AppConfig and no permission for it', () => {
    const resources = inEnvironment.Resources;
    expect(Object.values(resources).filter(({ Type }) => Type.startsWith('AWS::AppConfig::'))).toEqual([]);
    expect(appConfigStatements(resources)).toEqual([]);
    expect(resources).not.toHaveProperty('BadSettingsAlarm');
  });
});

describe('settings in AppConfig', () => {
  it('have an application, an environment, profiles with a validator, and an alarm', () => {
    const ApplicationId = { Ref: 'AppConfigApplication' };
    const profile = (Name: string, schema: object) => ({
      Type: 'AWS::AppConfig::ConfigurationProfile',
      Properties: {
        ApplicationId,
        Name,
        LocationUri: 'hosted',
        Validators: [{ Type: 'JSON_SCHEMA', Content: JSON.stringify(schema) }],
      },
    });
    expect(inAppConfig).toMatchObject({
      AppConfigApplication: { Type: 'AWS::AppConfig::Application', Properties: { Name: 'keyturn-test' } },
      AppConfigEnvironment: {
        Type: 'AWS::AppConfig::Environment',
        Properties: { ApplicationId, Name: 'test' },
      },
      CallerGrantsProfile: profile('caller-grants', SETTING_SCHEMAS.CALLER_GRANTS),
      ManagedSecretsProfile: profile('managed-secrets', SETTING_SCHEMAS.MANAGED_SECRETS),
      BadSettingsAlarm: {
        Properties: {
          Namespace: 'Keyturn',
          MetricName: 'BadSettings',
          Dimensions: [{ Name: 'service', Value: { Ref: 'AWS::StackName' } }],
          AlarmDescription: expect.stringMatching(/ src\/handlers\/runbook\/bad-settings\.md$/),
        },
      },
    });
  });

  it('have their alarm on the dashboard', () => {
    expect(dashboardOf({ Resources: inAppConfig }).placeholders).toContain('BadSettingsAlarm.Arn');
  });

  it('may be read by the functions that need them, each by its own role, and by no other', () => {
    const account = ['AWS::Partition', 'appconfig', 'AWS::Region', 'AWS::AccountId'];
    const inStack = (id: string) => `\${${id}}`;
    const arn = (id: string) => ({
      'Fn::Sub': [
        'arn',
        ...account.map((part) => (part === 'appconfig' ? part : inStack(part))),
        `application/${inStack('AppConfigApplication')}/environment/${inStack('AppConfigEnvironment')}/configuration/${inStack(id)}`,
      ].join(':'),
    });
    const allowed = (...profiles: string[]) => ({
      Effect: 'Allow',
      Action: ['appconfig:GetLatestConfiguration', 'appconfig:StartConfigurationSession'],
      Resource: profiles.map(arn),
    });
    expect(Object.fromEntries(appConfigStatements(inAppConfig))).toMatchObject({
      Rotate: allowed('CallerGrantsProfile', 'ManagedSecretsProfile'),
      Workflow: allowed('CallerGrantsProfile', 'ManagedSecretsProfile'),
      SecretRotation: allowed('ManagedSecretsProfile'),
      Rotations: allowed('CallerGrantsProfile'),
      Sweep: allowed('ManagedSecretsProfile'),
      CheckKeys: allowed('ManagedSecretsProfile'),
      CheckKey: allowed('CallerGrantsProfile', 'ManagedSecretsProfile'),
    });
    const names = appConfigStatements(inAppConfig).map(([name]) => name);
    expect(names).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(Health|Openapi|Problems)$/)]));
  });

  it('may be those of another application, by its ids', () => {
    const template = templateWith({ CALLER_GRANTS: 'appconfig:abc1234/def5678/ghi9012' });
    const resources = resourcesBy({}, template);
    expect(JSON.stringify(resources.RotationsIamRoleLambdaExecution)).toContain(
      ':application/abc1234/environment/def5678/configuration/ghi9012',
    );
    expect(resources).not.toHaveProperty('AppConfigApplication');
  });

  it('that no policy can name are refused at packaging', () => {
    expect(() => resourcesBy({}, templateWith(IN_APPCONFIG))).toThrow(
      'CALLER_GRANTS must be appconfig: and the names of what the stack makes with --param appConfig=on',
    );
  });
});

describe('the validator of AppConfig', () => {
  // Draft 4 is all that AppConfig knows, and the schemas use nothing that has changed since.
  const ajv = new Ajv({ strict: false, validateSchema: false });
  const { $schema: _grants, ...grants } = SETTING_SCHEMAS.CALLER_GRANTS;
  const { $schema: _secrets, ...secrets } = SETTING_SCHEMAS.MANAGED_SECRETS;

  it('accepts and refuses the same grants as the functions', () => {
    const validate = ajv.compile(grants);
    const name = fc.constantFrom('client:a', 'subject:b', 'event:c', 'app', 'client:', 'role:x');
    const pattern = fc.constantFrom(
      'merchants/*/apiCredentials/*',
      '*/A/apiCredentials/S2-1',
      'merchants/*',
      '',
    );
    const document = fc.oneof(
      fc.dictionary(name, fc.oneof(fc.array(pattern, { maxLength: 2 }), pattern), { maxKeys: 2 }),
      fc.constantFrom([], null, 'text'),
    );
    fc.assert(
      fc.property(document, (one) => {
        expect(validate(one)).toBe(v.is(GrantsSchema, one));
      }),
      { numRuns: 2_000 },
    );
  });

  it('accepts every document of managed secrets that the functions accept', () => {
    const validate = ajv.compile(secrets);
    const pattern = fc.constantFrom(
      'merchants/*/apiCredentials/*',
      'companies/A/apiCredentials/*',
      'merchants/*',
    );
    const template = fc.constantFrom(
      'k/{accountId}/{apiCredentialId}',
      '{apiCredentialId}',
      'one',
      'a b',
      '',
    );
    fc.assert(
      fc.property(fc.dictionary(pattern, template, { maxKeys: 2 }), (one) => {
        if (v.is(ManagedSecretsSchema, one)) expect(validate(one)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
    expect(validate({ 'merchants/*': 'one' })).toBe(false);
    expect(validate([])).toBe(false);
  });

  it('is not longer than AppConfig allows', () => {
    // AWS::AppConfig::ConfigurationProfile, Validators, Content
    for (const schema of Object.values(SETTING_SCHEMAS)) {
      expect(JSON.stringify(schema).length).toBeLessThanOrEqual(32_768);
    }
  });
});

describe('the authorizer of the gateway', () => {
  const authorizers = (resources: Resources) =>
    ofType(resources, 'AWS::ApiGatewayV2::Authorizer').map(
      ([, { Properties }]) => Properties.JwtConfiguration,
    );
  const authorizations = (resources: Resources) =>
    new Set(
      ofType(resources, 'AWS::ApiGatewayV2::Route')
        .filter(([, { Properties }]) => String(Properties.RouteKey).includes('/v1/'))
        .map(([, { Properties }]) => [Properties.AuthorizationType, 'AuthorizerId' in Properties].join()),
    );
  // The types of the two differ in what the tests do not read.
  const by = (custom: Record<string, string>) => resourcesBy(custom) as Resources;

  it('accepts several audiences', () => {
    expect(authorizers(inAppConfig)).toEqual([
      expect.objectContaining({ Audience: ['keyturn', 'https://keyturn.example.com'] }),
    ]);
    expect(authorizations(inAppConfig)).toEqual(new Set(['JWT,true']));
  });

  it('can be turned off, for an issuer that does not sign with RSA', () => {
    const resources = by({ gatewayAuthorizer: 'off' });
    expect(authorizers(resources)).toEqual([]);
    expect(authorizations(resources)).toEqual(new Set(['NONE,false']));
  });

  it('is off if the discovery document, which it would read, is not to be used', () => {
    const oidcJwksUri = 'https://issuer.example.com/keys';
    expect(authorizers(by({ oidcJwksUri }))).toEqual([]);
    expect(authorizers(by({ oidcJwksUri, gatewayAuthorizer: 'on' }))).toHaveLength(1);
  });

  it('is on or off, and nothing else', () => {
    expect(() => by({ gatewayAuthorizer: 'no' })).toThrow(
      'custom.settings.gatewayAuthorizer in serverless.yml must be "on" or "off"',
    );
  });
});

describe('the client of AppConfig', () => {
  /** Starts the packaged rotate, and returns what it asked AppConfig for, and its output. */
  async function start(packaged: Package | undefined, settings: Record<string, string>) {
    const asked: (string | undefined)[] = [];
    const server = http.createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    const run = await packaged?.runBeside('rotate', `await import('./bundle.mjs'); process.exit();`, {
      ...SETTINGS,
      ADYEN_ENVIRONMENT: 'test',
      AUDIT_TABLE_NAME: 'audit',
      EVENT_BUS_NAME: 'keyturn',
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL_APPCONFIGDATA: `http://localhost:${listeningPort(server)}`,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      // The function fetches its keys at once. No server listens here.
      OIDC_ISSUER: 'http://localhost:9',
      ...settings,
    });
    server.close();
    return { asked, output: run?.output };
  }

  it('is loaded only if a setting is there', async () => {
    const [, packaged] = packages;
    const files = Object.values((await packaged?.archive('rotate')) ?? {});
    expect(Buffer.concat(files).toString('utf8')).toContain('AppConfigProvider');
    expect((await start(packaged, {})).asked).toEqual([]);
    expect((await start(packaged, IN_APPCONFIG)).asked).toContain('/configurationsessions');
  });

  it('is not packaged if no setting is there, and a function whose setting is moved there says so', async () => {
    const [packaged] = packages;
    const files = Object.values((await packaged?.archive('rotate')) ?? {});
    expect(Buffer.concat(files).toString('utf8')).not.toContain('AppConfigProvider');
    const { asked, output } = await start(packaged, IN_APPCONFIG);
    expect(asked).toEqual([]);
    expect(output).toContain('this deployment was packaged without a setting in AppConfig: package it again');
  });
});
