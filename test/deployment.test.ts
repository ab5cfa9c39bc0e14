import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultsIn } from './support/cloudformation-schema.ts';
import {
  DEPLOYMENT_SETTINGS,
  PACKAGING_TIMEOUT_MS,
  type Package,
  PolicySchema,
  packageFor,
} from './support/package.ts';

const key = (name: string) => `arn:aws:kms:eu-west-1:111122223333:key/${name}`;
const KEYS = {
  managementCredentialKey: key('credential'),
  managedSecretsKey: key('secrets'),
  auditTableKey: key('table'),
  deadLettersKey: key('queue'),
  logsKey: key('logs'),
};
const NETWORK = { subnetIds: 'subnet-0a1, subnet-0b2', securityGroupIds: 'sg-0c3' };
const OTHER_GRANTS = DEPLOYMENT_SETTINGS.CALLER_GRANTS.replace('ACME_', 'OTHER_');

let first: Package;
let changed: Package;
let hardened: Package;
let refusals: string[];
beforeAll(async () => {
  const { OIDC_ISSUER: _missing, ...others } = DEPLOYMENT_SETTINGS;
  [first, changed, hardened] = await Promise.all([
    packageFor('test', DEPLOYMENT_SETTINGS),
    packageFor('test', { ...DEPLOYMENT_SETTINGS, CALLER_GRANTS: OTHER_GRANTS }),
    packageFor('live', DEPLOYMENT_SETTINGS, { ...KEYS, ...NETWORK }),
  ]);
  refusals = await Promise.all([
    refusal('production', DEPLOYMENT_SETTINGS),
    refusal('test', { ...others, CALLER_GRANTS: 'AQEsecret' }),
    refusal('test', DEPLOYMENT_SETTINGS, { auditTableKey: 'alias/keyturn' }),
  ]);
}, PACKAGING_TIMEOUT_MS);
afterAll(() => Promise.all([first, changed, hardened].map((one) => one.remove())));

/** What packaging prints if it is refused. */
function refusal(stage: string, settings: Record<string, string>, params = {}): Promise<string> {
  return packageFor(stage, settings, params).then(
    () => 'packaged',
    (error: unknown) => String(error),
  );
}

const resourcesOf = (type: string, of: Package) =>
  Object.values(of.template.Resources).filter(({ Type }) => Type === type);
const propertiesOf = (name: string, of: Package) => of.template.Resources[name]?.Properties ?? {};

/** The policy statements of each deployed role, by the name of its function. */
const statementsOf = (of: Package) =>
  Object.entries(of.template.Resources)
    .filter(([, { Type, Condition }]) => Type === 'AWS::IAM::Role' && Condition !== 'Never')
    .map(([id, { Properties }]) => {
      const policies = v.parse(v.array(PolicySchema), Properties.Policies);
      return {
        name: id.replace('IamRoleLambdaExecution', ''),
        statements: policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement),
      };
    });

describe('a changed setting', () => {
  /** The version to which the alias leads that EventBridge calls. */
  const versionOf = (of: Package) => propertiesOf('WorkflowDurableLambdaAlias', of).FunctionVersion;

  it('reaches the workflow: the next deployment makes a new version for it', () => {
    expect(versionOf(changed)).not.toEqual(versionOf(first));
    const { Variables } = v.parse(
      v.object({ Variables: v.looseObject({ CALLER_GRANTS: v.string() }) }),
      propertiesOf('WorkflowLambdaFunction', changed).Environment,
    );
    expect(Variables.CALLER_GRANTS).toBe(OTHER_GRANTS);
  });

  it('is the reason for the new version: the code is the same', () => {
    const codeOf = (of: Package) =>
      resourcesOf('AWS::Lambda::Version', of).map(({ Properties }) => Properties.CodeSha256);
    expect(codeOf(changed)).toEqual([expect.any(String)]);
    expect(codeOf(changed)).toEqual(codeOf(first));
  });

  it('can be seen in the template, since a reference to a parameter would hide it', () => {
    const schema = v.object({
      Environment: v.optional(v.object({ Variables: v.record(v.string(), v.unknown()) })),
    });
    const references = resourcesOf('AWS::Lambda::Function', first).flatMap(({ Properties }) =>
      Object.entries(v.parse(schema, Properties).Environment?.Variables ?? {}).filter(
        ([, value]) => typeof value !== 'string',
      ),
    );
    expect(new Set(references.map(([name]) => name))).toEqual(
      new Set(['AUDIT_TABLE_NAME', 'EVENT_BUS_NAME']),
    );
  });
});

describe('packaging', () => {
  it('is refused for an unknown stage, and says which stages there are', () => {
    expect(refusals[0]).toContain('Unknown stage "production". The stages are test, live, local.');
  });

  it('is refused without a required setting or with a bad one, names all of them, and quotes nothing', () => {
    expect(refusals[1]).toContain('cannot be packaged: OIDC_ISSUER is required; CALLER_GRANTS must be JSON.');
    expect(refusals[1]).not.toContain('AQEsecret');
  });

  it('is refused with a bad parameter, and names it', () => {
    expect(refusals[2]).toContain(
      'service.custom.keys.auditTable.key in serverless.yml: must be the ARN of a key in KMS',
    );
  });
});

describe('with customer-managed keys', () => {
  it('the table, the dead letters and every log are encrypted with them', () => {
    expect(propertiesOf('AuditTable', hardened).SSESpecification).toEqual({
      SSEEnabled: true,
      SSEType: 'KMS',
      KMSMasterKeyId: KEYS.auditTableKey,
    });
    const queue = propertiesOf('DeadLetters', hardened);
    expect(queue.KmsMasterKeyId).toBe(KEYS.deadLettersKey);
    expect(queue).not.toHaveProperty('SqsManagedSseEnabled');
    const logs = resourcesOf('AWS::Logs::LogGroup', hardened);
    expect(logs.length).toBeGreaterThan(5);
    for (const { Properties } of logs) expect(Properties.KmsKeyId).toBe(KEYS.logsKey);
  });

  it('a role may use a key for what its function does, and only through the service whose data it encrypts', () => {
    const used = statementsOf(hardened).map(({ name, statements }) => [
      name,
      statements
        .filter(({ Action }) => [Action].flat().join().startsWith('kms:'))
        .map(({ Action, Resource, Condition }) => [Resource, Action, Condition]),
    ]);
    const via = (service: string) => ({
      StringEquals: { 'kms:ViaService': { 'Fn::Sub': `${service}.\${AWS::Region}.amazonaws.com` } },
    });
    const decrypt = ['kms:Decrypt'];
    const write = ['kms:Decrypt', 'kms:GenerateDataKey'];
    const credential = [[KEYS.managementCredentialKey], decrypt, via('secretsmanager')];
    const readSecrets = [[KEYS.managedSecretsKey], decrypt, via('secretsmanager')];
    const writeSecrets = [[KEYS.managedSecretsKey], write, via('secretsmanager')];
    const table = [[KEYS.auditTableKey], decrypt, via('dynamodb')];
    const queue = [[KEYS.deadLettersKey], write, via('sqs')];
    expect(Object.fromEntries(used)).toEqual({
      Rotate: [credential, writeSecrets, table],
      State: [table],
      Consumers: [table],
      Workflow: [credential, writeSecrets, table, queue],
      SecretRotation: [credential, writeSecrets, table],
      Rotations: [table],
      Sweep: [readSecrets, table],
      CheckKeys: [readSecrets, table],
      CheckKey: [readSecrets, table],
      EnrolCredentials: [table],
      Health: [],
      Problems: [],
      Openapi: [],
      Pages: [],
      Console: [],
    });
  });

  it('given for one thing only, the others keep the keys that AWS manages', () => {
    expect(propertiesOf('AuditTable', first).SSESpecification).toEqual({ SSEEnabled: true });
    expect(propertiesOf('DeadLetters', first)).toMatchObject({ SqsManagedSseEnabled: true });
    expect(JSON.stringify(first.template)).not.toMatch(/"kms:|KmsKey|KmsMasterKey/i);
  });
});

describe('in a network', () => {
  it('every function has the subnets and the security groups', () => {
    for (const { Properties } of resourcesOf('AWS::Lambda::Function', hardened)) {
      expect(Properties.VpcConfig).toMatchObject({
        SubnetIds: ['subnet-0a1', 'subnet-0b2'],
        SecurityGroupIds: ['sg-0c3'],
      });
    }
    expect(JSON.stringify(first.template)).not.toMatch(/VpcConfig|ec2:/);
  });

  it('Lambda may make the network interfaces of a function, and the code of the function may not', () => {
    for (const { name, statements } of statementsOf(hardened)) {
      const [allow, deny, ...others] = statements.filter(({ Action }) => String(Action).startsWith('ec2:'));
      expect(allow, name).toMatchObject({ Effect: 'Allow', Resource: '*' });
      expect(allow?.Action).toContain('ec2:CreateNetworkInterface');
      expect(deny).toEqual({
        ...allow,
        Effect: 'Deny',
        Condition: { Null: { 'lambda:SourceFunctionArn': 'false' } },
      });
      expect(others).toEqual([]);
    }
    expect(JSON.stringify(resourcesOf('AWS::IAM::Role', hardened))).not.toContain(
      'AWSLambdaVPCAccessExecutionRole',
    );
  });
});

it('the template with keys and a network is valid by the schemas of CloudFormation', () => {
  expect(faultsIn(hardened.template)).toEqual([]);
});
