import { readFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import manifest from '../package.json' with { type: 'json' };
import {
  type Environment,
  parseCheckKeyConfig,
  parseConsoleConfig,
  parseConsumersConfig,
  parseEnrolConfig,
  parsePagesConfig,
  parseReadConfig,
  parseRotateConfig,
  parseSecretRotationConfig,
  parseStateConfig,
  parseSweepConfig,
  parseWorkflowConfig,
} from '../src/config/config.ts';
import { faultsIn } from './support/cloudformation-schema.ts';
import {
  brokenIds,
  dashboardOf,
  emittedMetrics,
  isOutOfPlace,
  STACK_NAME,
  shownMetrics,
  textOf,
  watchedMetrics,
} from './support/dashboard.ts';
import { FUNCTION_NAMES } from './support/function-names.ts';
import {
  PACKAGING_TIMEOUT_MS,
  type Package,
  PolicySchema,
  packageFor,
  DEPLOYMENT_SETTINGS as SETTINGS,
} from './support/package.ts';
import { runbookPages } from './support/runbook.ts';

/** The timeouts of the functions that no HTTP caller waits for (s). */
const TIMEOUTS: Readonly<Record<string, number>> = {
  sweep: 60,
  checkKeys: 60,
  enrolCredentials: 300,
  workflow: 60,
  secretRotation: 300,
};
const indexes = v.array(
  v.object({ IndexName: v.string(), Projection: v.object({ ProjectionType: v.string() }) }),
);
const IndexesSchema = v.object({ LocalSecondaryIndexes: indexes, GlobalSecondaryIndexes: indexes });
const EnvironmentSchema = v.object({ Variables: v.record(v.string(), v.unknown()) });

let packaged: Package;
let live: Package;
beforeAll(async () => {
  [packaged, live] = await Promise.all([
    packageFor('test', SETTINGS),
    packageFor('live', { ...SETTINGS, RUNBOOK_URL: 'https://runbook.example.com' }),
  ]);
}, PACKAGING_TIMEOUT_MS);
afterAll(() => Promise.all([packaged, live].map((one) => one.remove())));

const resourcesOf = (type: string, of = packaged) =>
  Object.entries(of.template.Resources).filter(([, resource]) => resource.Type === type);
const propertiesOf = (name: string, of = packaged) => of.template.Resources[name]?.Properties ?? {};

const TRACING = {
  Effect: 'Allow',
  Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
  // X-Ray has no narrower resource.
  Resource: '*',
};

const LISTING = {
  Effect: 'Allow',
  Action: ['secretsmanager:ListSecrets'],
  // A list of secrets has no narrower resource.
  Resource: '*',
};

/** The policy statements of each role that is deployed. */
function allowances(of = packaged) {
  return resourcesOf('AWS::IAM::Role', of)
    .filter(([, role]) => role.Condition !== 'Never')
    .map(([name, role]) => {
      const policies = v.parse(v.array(PolicySchema), role.Properties.Policies);
      return { name, statements: policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement) };
    });
}

describe('a function', () => {
  it.each(FUNCTION_NAMES)('(%s) runs on Node 24 and arm64, and times out before API Gateway does', (name) => {
    const properties = propertiesOf(`${name[0]?.toUpperCase()}${name.slice(1)}LambdaFunction`);
    expect(properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], MemorySize: 512 });
    expect(properties.Timeout).toBeLessThanOrEqual(TIMEOUTS[name] ?? 29);
  });

  it.each([
    ['sweeps', 'sweep', 'rate(5 minutes)'],
    ['enrols managed API credentials', 'enrolCredentials', 'rate(1 hour)'],
  ])('that %s is called by a schedule', (_what, name, ScheduleExpression) => {
    const rules = resourcesOf('AWS::Events::Rule').filter(([, { Properties }]) =>
      JSON.stringify(Properties.Targets).toLowerCase().includes(`"${name}LambdaFunction"`.toLowerCase()),
    );
    expect(rules.map(([, { Properties }]) => Properties)).toMatchObject([
      { ScheduleExpression, State: 'ENABLED' },
    ]);
  });

  it('has its own role', () => {
    const roles = resourcesOf('AWS::Lambda::Function').map(([, { Properties }]) =>
      JSON.stringify(Properties.Role),
    );
    expect(new Set(roles).size).toBe(FUNCTION_NAMES.length);
  });

  it('gets the settings that it reads, and no other settings', () => {
    const audit = [
      'AUDIT_RETENTION_DAYS',
      'AUDIT_TABLE_NAME',
      'EVENT_BUS_NAME',
      'KEY_PROPAGATION_SECONDS',
      'KEY_VERIFICATION_SECONDS',
      'LOG_LEVEL',
      'MANAGED_SECRETS',
      'ROTATION_QUARANTINE_SECONDS',
    ];
    const rotation = [
      ...audit,
      'ADYEN_ENVIRONMENT',
      'ADYEN_MANAGEMENT_URL',
      'MANAGEMENT_CREDENTIAL_SECRET_ID',
      'ROTATION_MIN_INTERVAL_SECONDS',
      'UPSTREAM_TIMEOUT_MS',
    ];
    const callers = ['CALLER_GRANTS', 'OIDC_AUDIENCE', 'OIDC_ISSUER', 'OIDC_JWKS_URI'];
    const settings: [string, (environment: Environment) => unknown, string[]][] = [
      ['Rotate', parseRotateConfig, [...rotation, ...callers]],
      ['Workflow', parseWorkflowConfig, [...rotation, 'CALLER_GRANTS']],
      ['SecretRotation', parseSecretRotationConfig, rotation],
      ['Rotations', parseReadConfig, [...callers, 'AUDIT_TABLE_NAME', 'LOG_LEVEL']],
      [
        'State',
        parseStateConfig,
        [
          ...callers,
          'AUDIT_TABLE_NAME',
          'KEY_MAX_AGE_DAYS',
          'LOG_LEVEL',
          'MANAGED_SECRETS',
          'ROTATION_MIN_INTERVAL_SECONDS',
          'ROTATION_QUARANTINE_SECONDS',
        ],
      ],
      ['Consumers', parseConsumersConfig, [...audit, ...callers]],
      ['Sweep', parseSweepConfig, audit],
      [
        'CheckKey',
        parseCheckKeyConfig,
        [...audit, ...callers, 'ADYEN_ENVIRONMENT', 'ADYEN_MANAGEMENT_URL', 'UPSTREAM_TIMEOUT_MS'],
      ],
      [
        'EnrolCredentials',
        parseEnrolConfig,
        ['AUDIT_TABLE_NAME', 'KEY_CHECK_SECONDS', 'LOG_LEVEL', 'MANAGED_SECRETS'],
      ],
      [
        'Console',
        parseConsoleConfig,
        [
          'CONSOLE_CLIENT_ID',
          'CONSOLE_SCOPES',
          'CONSOLE_TOKEN_ORIGIN',
          'LOG_LEVEL',
          'OIDC_AUDIENCE',
          'OIDC_ISSUER',
        ],
      ],
      ['Pages', parsePagesConfig, ['CONSOLE_CLIENT_ID', 'LOG_LEVEL']],
    ];
    for (const [name, parse, expected] of settings) {
      const { Variables } = v.parse(EnvironmentSchema, propertiesOf(`${name}LambdaFunction`).Environment);
      expect(Object.keys(Variables).sort(), name).toEqual([...expected, 'POWERTOOLS_SERVICE_NAME'].sort());
      const literal = Object.entries(Variables).map(([variable, value]) => [
        variable,
        typeof value === 'string' ? value : (Object(SETTINGS)[variable] ?? 'table'),
      ]);
      expect(() => parse(Object.fromEntries(literal)), name).not.toThrow();
    }
    for (const name of ['Health', 'Problems', 'Openapi']) {
      const { Variables } = v.parse(EnvironmentSchema, propertiesOf(`${name}LambdaFunction`).Environment);
      expect(Object.keys(Variables), name).toEqual(['POWERTOOLS_SERVICE_NAME']);
    }
  });

  it('names its log and its metrics as the stack of its stage', async () => {
    const { provider } = parseYaml(await readFile('serverless.yml', 'utf8'));
    expect(provider.environment).toEqual({ POWERTOOLS_SERVICE_NAME: `\${self:provider.stackName}` });
    const names = [packaged, live].map((one) => propertiesOf('RotateLambdaFunction', one).Environment);
    expect(names).toMatchObject([
      { Variables: { POWERTOOLS_SERVICE_NAME: STACK_NAME } },
      { Variables: { POWERTOOLS_SERVICE_NAME: 'keyturn-live' } },
    ]);
  });

  it('of the live stage calls the live Adyen and is traced', () => {
    expect(propertiesOf('RotateLambdaFunction', live)).toMatchObject({
      Environment: { Variables: { ADYEN_ENVIRONMENT: 'live' } },
      TracingConfig: { Mode: 'Active' },
    });
    expect(propertiesOf('RotateLambdaFunction')).toMatchObject({
      Environment: { Variables: { ADYEN_ENVIRONMENT: 'test' } },
      TracingConfig: { Mode: 'PassThrough' },
    });
  });
});

describe('a role', () => {
  it('has no wildcard action and no wildcard resource, except to list secrets, and to send traces if tracing is on', () => {
    for (const { name, statements } of [...allowances(), ...allowances(live)]) {
      for (const statement of statements.filter(
        (one) => !isDeepStrictEqual(one, TRACING) && !isDeepStrictEqual(one, LISTING),
      )) {
        expect([statement.Action].flat().join(), name).not.toContain('*');
        expect([statement.Resource].flat(), name).not.toContain('*');
      }
    }
  });

  it('may do only what its function does, and write its own log', () => {
    const actions = Object.fromEntries(
      allowances().map(({ name, statements }) => [
        name.replace('IamRoleLambdaExecution', ''),
        [...new Set(statements.flatMap(({ Action }) => Action))].sort(),
      ]),
    );
    const log = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];
    const audit = ['dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem', 'events:PutEvents'];
    const promotion = [
      ...audit,
      'dynamodb:GetItem',
      'secretsmanager:DescribeSecret',
      'secretsmanager:GetSecretValue',
      'secretsmanager:PutSecretValue',
      'secretsmanager:UpdateSecretVersionStage',
    ];
    const durable = [
      'lambda:CheckpointDurableExecution',
      'lambda:GetDurableExecutionState',
      'sqs:SendMessage',
    ];
    const check = [
      'dynamodb:GetItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      'events:PutEvents',
      ...log,
      'secretsmanager:GetSecretValue',
    ];
    expect(actions).toEqual({
      Rotate: [
        ...audit,
        'dynamodb:GetItem',
        ...log,
        'secretsmanager:DescribeSecret',
        'secretsmanager:GetSecretValue',
        'secretsmanager:PutSecretValue',
      ].sort(),
      Workflow: [...promotion, ...log, ...durable].sort(),
      SecretRotation: [...promotion, ...log].sort(),
      Rotations: ['dynamodb:BatchGetItem', 'dynamodb:Query', ...log],
      State: ['dynamodb:GetItem', 'dynamodb:Query', ...log, 'secretsmanager:DescribeSecret'],
      Consumers: [...audit, 'dynamodb:GetItem', ...log].sort(),
      Sweep: [
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:Query',
        'dynamodb:UpdateItem',
        'events:PutEvents',
        ...log,
        'secretsmanager:GetSecretValue',
      ],
      CheckKeys: check,
      CheckKey: check,
      EnrolCredentials: ['dynamodb:PutItem', 'dynamodb:Query', ...log, 'secretsmanager:ListSecrets'],
      Health: log,
      Problems: log,
      Openapi: log,
      Console: log,
      Pages: log,
    });
  });

  it('reaches only the audit table and its indexes in DynamoDB', () => {
    const resources = allowances().flatMap(({ statements }) =>
      statements
        .filter(({ Action }) => [Action].flat().join().startsWith('dynamodb:'))
        .flatMap(({ Resource }) => [Resource].flat()),
    );
    for (const resource of resources) {
      expect(JSON.stringify(resource)).toMatch(
        /^(\{"Fn::GetAtt":\["AuditTable","Arn"\]\}|\{"Fn::Sub":"\$\{AuditTable\.Arn\}\/index\/[a-z-]+"\})$/,
      );
    }
  });

  it('that enrols API credentials reaches no record of the audit', () => {
    const enrolment = allowances().find(({ name }) => name.startsWith('EnrolCredentials'));
    expect(
      enrolment?.statements.filter(({ Action }) => [Action].flat().join().startsWith('dynamodb:')),
    ).toMatchObject([{ Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['places'] } } }]);
  });

  it('that notes what consumers say adds no record to the audit', () => {
    const consumers = allowances().find(({ name }) => name.startsWith('Consumers'));
    expect(
      consumers?.statements.filter(({ Action }) => [Action].flat().includes('dynamodb:PutItem')),
    ).toMatchObject([
      { Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['consumers/*'] } } },
    ]);
  });

  it('reaches only the management credential and the managed secrets in Secrets Manager', () => {
    const resources = allowances()
      .flatMap(({ statements }) => statements)
      .filter(({ Action }) => [Action].flat().join().includes('secretsmanager:'))
      .filter((statement) => !isDeepStrictEqual(statement, LISTING))
      .flatMap(({ Resource }) => [Resource].flat());
    // CloudFormation fills in the pseudo parameters.
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own syntax
    const arn = 'arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:';
    expect(new Set(resources.map((resource) => JSON.stringify(resource)))).toEqual(
      new Set([
        JSON.stringify({ 'Fn::Sub': `${arn}keyturn/management-credential-??????` }),
        JSON.stringify({ 'Fn::Sub': `${arn}keyturn/keys/*` }),
      ]),
    );
  });

  it('writes to the log of its own function only', () => {
    for (const { name, statements } of allowances()) {
      const own = FUNCTION_NAMES.find((one) => name.toLowerCase().startsWith(`${one.toLowerCase()}iam`));
      const logs = statements.filter(({ Action }) => [Action].flat().join().startsWith('logs:'));
      expect(logs.map(({ Resource }) => Resource)).toEqual([
        [{ 'Fn::Sub': expect.stringMatching(`:log-group:/aws/lambda/keyturn-test-${own}:\\*:\\*$`) }],
      ]);
    }
  });

  it('may send traces as soon as it exists if tracing is on, and never if tracing is off', () => {
    expect(allowances(live).map(({ statements }) => statements)).toEqual(
      FUNCTION_NAMES.map(() => expect.arrayContaining([TRACING])),
    );
    expect(allowances().flatMap(({ statements }) => statements)).not.toContainEqual(TRACING);
    expect([packaged, live].flatMap((of) => resourcesOf('AWS::IAM::Policy', of))).toEqual([]);
  });
});

describe('the workflow', () => {
  it('is a durable function whose executions may last long enough for two rotations', () => {
    const { DurableConfig } = v.parse(
      v.looseObject({ DurableConfig: v.object({ ExecutionTimeout: v.number() }) }),
      propertiesOf('WorkflowLambdaFunction'),
    );
    expect(DurableConfig.ExecutionTimeout).toBeGreaterThanOrEqual(2 * 26 * 60 * 60);
  });

  it('is started by requests of other sources, keys to promote or watch, unknown outcomes, rollbacks and dead keys', () => {
    const rules = resourcesOf('AWS::Events::Rule')
      .map(([, { Properties }]) => Properties)
      .filter(({ EventPattern }) => EventPattern);
    expect(rules.map(({ EventPattern }) => EventPattern)).toEqual([
      { 'detail-type': ['RotateApiKey'], source: [{ 'anything-but': 'keyturn' }] },
      { 'detail-type': ['ApiKeyIssued'], source: ['keyturn'] },
      { 'detail-type': ['ApiKeyRotationUnknown'], source: ['keyturn'] },
      {
        'detail-type': ['ApiKeyRotationFailed'],
        source: ['keyturn'],
        detail: { code: ['no-key', 'not-stored'] },
      },
      { 'detail-type': ['ApiKeyRolledBack'], source: ['keyturn'] },
      { 'detail-type': ['ApiKeyDead'], source: ['keyturn'] },
      {
        'detail-type': ['ApiKeyRotated'],
        source: ['keyturn'],
        detail: { requestedBy: { source: ['secrets-manager'] } },
      },
    ]);
    for (const rule of rules) {
      expect(rule.EventBusName).toEqual({ Ref: 'EventBus' });
      expect(JSON.stringify(rule.Targets)).toContain('"durable"');
      expect(rule.Targets).toMatchObject([
        { DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } } },
      ]);
    }
  });

  it('is started by an alias, and its earlier versions are kept for the executions that they have started', () => {
    const [[version, { DeletionPolicy = '', Properties = {} } = {}] = []] =
      resourcesOf('AWS::Lambda::Version');
    expect([DeletionPolicy, Properties.FunctionName]).toEqual(['Retain', { Ref: 'WorkflowLambdaFunction' }]);
    const [[alias, { Properties: pointer } = {}] = []] = resourcesOf('AWS::Lambda::Alias');
    expect(pointer).toMatchObject({
      FunctionName: { Ref: 'WorkflowLambdaFunction' },
      FunctionVersion: { 'Fn::GetAtt': [version, 'Version'] },
    });
    const targets = resourcesOf('AWS::Events::Rule')
      .filter(([, rule]) => rule.Properties.EventPattern)
      .map(([, rule]) => JSON.stringify(rule.Properties.Targets));
    for (const target of targets) expect(target).toMatch(/"WorkflowLambdaFunction".*"durable"/);
    expect([alias, targets.length > 0]).toEqual(['WorkflowDurableLambdaAlias', true]);
  });

  it('leaves each failed event in the dead-letter queue, and an alarm reports it', () => {
    expect(propertiesOf('WorkflowLambdaFunction')).toMatchObject({
      DeadLetterConfig: { TargetArn: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } },
    });
    expect(propertiesOf('DeadLetters')).toMatchObject({ MessageRetentionPeriod: 14 * 24 * 60 * 60 });
    expect(propertiesOf('DeadLettersAlarm')).toMatchObject({ Threshold: 1, Period: 300 });
  });

  it('has an alarm that reports a failed event although an earlier one is still in the queue', () => {
    expect(propertiesOf('NewDeadLetterAlarm')).toMatchObject({
      MetricName: 'NumberOfMessagesSent',
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': ['DeadLetters', 'QueueName'] } }],
      Statistic: 'Sum',
      Threshold: 1,
      TreatMissingData: 'notBreaching',
    });
  });
});

describe('the rotation function for Secrets Manager', () => {
  it('may be called by Secrets Manager, for the managed secrets of this account only', () => {
    expect(propertiesOf('SecretRotationPermission')).toEqual({
      Action: 'lambda:InvokeFunction',
      FunctionName: { Ref: 'SecretRotationLambdaFunction' },
      Principal: 'secretsmanager.amazonaws.com',
      SourceAccount: { Ref: 'AWS::AccountId' },
      SourceArn: {
        'Fn::Sub':
          // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own syntax
          'arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:keyturn/keys/*',
      },
    });
  });

  it('has an example schedule, if a secret is named for it', () => {
    expect(packaged.template.Resources.RotationSchedule).toMatchObject({
      Condition: 'HasRotatedSecret',
      Properties: { SecretId: { Ref: 'RotatedSecretId' }, RotateImmediatelyOnUpdate: false },
    });
  });
});

describe('an alarm', () => {
  it('watches every metric that needs a person, with the dimensions that the functions write', () => {
    const simple = resourcesOf('AWS::CloudWatch::Alarm').filter(
      ([, { Properties }]) => Properties.MetricName,
    );
    const alarms = simple.map(([, { Properties }]) => [
      Properties.MetricName,
      ...v
        .parse(v.array(v.looseObject({ Name: v.string(), Value: v.unknown() })), Properties.Dimensions)
        .filter(({ Name }) => !['QueueName', 'FunctionName', 'ApiId'].includes(Name))
        .map(({ Value }) => Value),
    ]);
    expect(alarms).toEqual([
      ['ApproximateNumberOfMessagesVisible'],
      ['IssuedKeys', STACK_NAME, 'stalled'],
      ['IssuedKeys', STACK_NAME, 'displaced'],
      ['IssuedKeys', STACK_NAME, 'promoted-unproven'],
      ['CheckedKeys', STACK_NAME, 'dead'],
      ['CheckedKeys', STACK_NAME, 'failed'],
      ['IssuedKeys', STACK_NAME, 'not-stored'],
      ['UnsentEvents', STACK_NAME],
      ['SweepFailures', STACK_NAME],
      ['Rotations', STACK_NAME, 'unknown', 'companies'],
      ['Rotations', STACK_NAME, 'unknown', 'merchants'],
      ['Errors'],
      ['Errors'],
      ['Errors'],
      ['Errors'],
      ['NumberOfMessagesSent'],
      ['5xx'],
      ['RefusedRequests', STACK_NAME, 'audit-unavailable'],
      ['Invocations'],
      ['Invocations'],
    ]);
  });

  /** The metrics that an alarm adds up: name and dimensions. */
  const sumOf = (alarm: string) => {
    const dimension = v.object({ Name: v.string(), Value: v.unknown() });
    const metric = v.object({ MetricName: v.string(), Dimensions: v.array(dimension) });
    const metrics = v.parse(
      v.array(
        v.looseObject({ MetricStat: v.optional(v.looseObject({ Metric: v.looseObject(metric.entries) })) }),
      ),
      propertiesOf(alarm).Metrics,
    );
    return metrics.flatMap(({ MetricStat }) =>
      MetricStat
        ? [[MetricStat.Metric.MetricName, ...MetricStat.Metric.Dimensions.map(({ Value }) => Value)]]
        : [],
    );
  };

  it('reports an event that could not even be put into the queue of dead letters, by any rule or by the workflow', () => {
    const rules = resourcesOf('AWS::Events::Rule')
      .map(([, { Properties }]) => Properties)
      .filter(({ EventBusName }) => EventBusName);
    expect(sumOf('LostEventsAlarm')).toEqual([
      ['DeadLetterErrors', { Ref: 'WorkflowLambdaFunction' }],
      ...rules.map(({ Name }) => ['InvocationsFailedToBeSentToDlq', { Ref: 'EventBus' }, Name]),
    ]);
  });

  it('reports that a function with data is throttled', () => {
    const withData = resourcesOf('AWS::Lambda::Function').filter(([, { Properties }]) => {
      const { Variables } = v.parse(v.optional(EnvironmentSchema, { Variables: {} }), Properties.Environment);
      return 'AUDIT_TABLE_NAME' in Variables;
    });
    expect(sumOf('ThrottledAlarm')).toEqual(withData.map(([id]) => ['Throttles', { Ref: id }]));
  });

  it('has at most the ten metrics that CloudWatch allows', () => {
    for (const [id, { Properties }] of resourcesOf('AWS::CloudWatch::Alarm')) {
      const { Metrics = [] } = Properties;
      const metrics = v.parse(v.array(v.looseObject({})), Metrics).filter((one) => 'MetricStat' in one);
      expect(metrics.length, id).toBeLessThanOrEqual(10);
    }
  });

  it.each([
    ['SweepMissingAlarm', 'SweepLambdaFunction'],
    ['CheckMissingAlarm', 'CheckKeysLambdaFunction'],
  ])('reports that a scheduled function has not run for 15 minutes (%s)', (alarm, functionId) => {
    expect(propertiesOf(alarm)).toMatchObject({
      Dimensions: [{ Name: 'FunctionName', Value: { Ref: functionId } }],
      Period: 900,
      EvaluationPeriods: 1,
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      TreatMissingData: 'breaching',
    });
  });

  it('leads to its page in the runbook, and each page that names an alarm to it', async () => {
    const leads = resourcesOf('AWS::CloudWatch::Alarm').map(([id, { Properties }]) => {
      const [, page] =
        / src\/handlers\/runbook\/([a-z-]+\.md)$/.exec(String(Properties.AlarmDescription)) ?? [];
      return `${id} ${page}`;
    });
    const pages = (await runbookPages()).flatMap(({ file, alarms }) =>
      alarms.map((alarm) => `${alarm} ${file}`),
    );
    // It is in the stack only if a setting is in AppConfig.
    expect([...leads, 'BadSettingsAlarm bad-settings.md'].sort()).toEqual(pages.sort());
  });

  it('has a description that CloudWatch takes, wherever the runbook is', () => {
    for (const [id, { Properties }] of resourcesOf('AWS::CloudWatch::Alarm', live)) {
      // docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
      expect(String(Properties.AlarmDescription).length, id).toBeLessThanOrEqual(1024);
      expect(Properties.AlarmDescription, id).toMatch(/ https:\/\/runbook\.example\.com\/[a-z-]+\.md$/);
    }
  });

  it('tells the topic of the operators', () => {
    for (const [id, { Properties }] of resourcesOf('AWS::CloudWatch::Alarm')) {
      expect(Properties.AlarmActions, id).toEqual({
        'Fn::If': ['HasAlarmTopic', [{ Ref: 'AlarmTopicArn' }], []],
      });
    }
  });
});

describe('the dashboard', () => {
  const AWS_METRICS: Readonly<Record<string, string[]>> = {
    'AWS/Lambda': ['Duration', 'Invocations'],
    'AWS/DynamoDB': ['ConsumedReadCapacityUnits', 'ConsumedWriteCapacityUnits'],
    'AWS/ApiGateway': ['Count'],
    'AWS/SQS': ['ApproximateAgeOfOldestMessage', 'ApproximateNumberOfMessagesVisible'],
  };

  it('has a body as CloudWatch describes it, in each stage, under the name of the stack', () => {
    for (const one of [packaged, live]) expect(dashboardOf(one.template).widgets.length).toBeGreaterThan(10);
    expect(propertiesOf('Dashboard').DashboardName).toBe(STACK_NAME);
  });

  it('has no widget on another one, or beyond the last column', () => {
    const { widgets } = dashboardOf(packaged.template);
    expect(widgets.filter((widget) => isOutOfPlace(widget, widgets))).toEqual([]);
  });

  it('has expressions of metrics that are there', () => {
    expect(dashboardOf(packaged.template).widgets.flatMap(brokenIds)).toEqual([]);
  });

  it('names only what the stack has', () => {
    const { placeholders } = dashboardOf(packaged.template);
    const missing = placeholders.filter(
      (name) => !name.startsWith('AWS::') && !(String(name.split('.')[0]) in packaged.template.Resources),
    );
    expect(missing).toEqual([]);
  });

  it('shows all alarms, and the calls of all functions', () => {
    const { widgets } = dashboardOf(packaged.template);
    const alarms = widgets.flatMap(({ type, properties }) => (type === 'alarm' ? [properties] : []));
    expect(alarms).toMatchObject([
      { alarms: resourcesOf('AWS::CloudWatch::Alarm').map(([id]) => `\${${id}.Arn}`) },
    ]);
    const called = shownMetrics(widgets).flatMap(({ name, dimensions }) =>
      name === 'Invocations' ? [dimensions.FunctionName] : [],
    );
    const functions = resourcesOf('AWS::Lambda::Function').map(([id]) => `\${${id}}`);
    expect(new Set(called)).toEqual(new Set(functions));
  });

  it('and the alarms use only metrics that the functions emit, or that AWS has', () => {
    const shown = shownMetrics(dashboardOf(packaged.template).widgets);
    const used = [
      ...shown.filter(({ namespace }) => namespace === 'Keyturn'),
      ...watchedMetrics(packaged.template),
    ];
    const emitted = emittedMetrics().map(textOf);
    // An alarm may watch one of the codes.
    const isEmitted = (text: string) =>
      emitted.includes(text) || emitted.includes(text.replace(/code=\S+/, 'code=*'));
    expect(used.map(textOf).filter((text) => !isEmitted(text))).toEqual([]);
    const others = shown.filter(({ namespace }) => namespace !== 'Keyturn');
    for (const { namespace, name } of others) expect(AWS_METRICS[namespace]).toContain(name);
  });

  it('or an alarm shows each metric that the functions emit', () => {
    const shown = shownMetrics(dashboardOf(packaged.template).widgets);
    const used = new Set([...shown, ...watchedMetrics(packaged.template)].map(textOf));
    expect(
      emittedMetrics()
        .map(textOf)
        .filter((text) => !used.has(text)),
    ).toEqual([]);
  });
});

describe('a resource policy', () => {
  it("of the bus denies Keyturn's own source to everybody but the functions that put events on it", () => {
    const speakers = allowances()
      .filter(({ statements }) =>
        statements.some(({ Action }) => [Action].flat().includes('events:PutEvents')),
      )
      .map(({ name }) => ({ 'Fn::GetAtt': [name, 'Arn'] }));
    expect(propertiesOf('EventBusPolicy')).toMatchObject({
      EventBusName: { Ref: 'EventBus' },
      Statement: {
        Effect: 'Deny',
        Principal: '*',
        Action: 'events:PutEvents',
        Resource: { 'Fn::GetAtt': ['EventBus', 'Arn'] },
        Condition: {
          'ForAnyValue:StringEquals': { 'events:source': 'keyturn' },
          ArnNotEquals: { 'aws:PrincipalArn': speakers },
        },
      },
    });
  });

  it('of the dead letters lets only the rules of the bus send to the queue', () => {
    const { Statement } = v.parse(PolicySchema, propertiesOf('DeadLettersPolicy')).PolicyDocument;
    expect(Statement).toMatchObject([
      {
        Effect: 'Allow',
        Action: 'sqs:SendMessage',
        Condition: {
          StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
          ArnLike: {
            'aws:SourceArn': {
              // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own syntax
              'Fn::Sub': 'arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/${EventBus}/*',
            },
          },
        },
      },
    ]);
  });
});

describe('the gateway', () => {
  it('requires a token of the issuer on every route with data', () => {
    const routes = resourcesOf('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => [
      Properties.RouteKey,
      Properties.AuthorizationType,
    ]);
    expect(Object.fromEntries(routes)).toEqual({
      'POST /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/generateApiKey': 'JWT',
      'POST /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/check': 'JWT',
      'GET /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/rotations': 'JWT',
      'GET /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}': 'JWT',
      'PUT /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/consumers/{consumerId}': 'JWT',
      'GET /v1/apiCredentials': 'JWT',
      'GET /v1/rotations': 'JWT',
      'GET /v1/rotations/{rotationId}': 'JWT',
      'GET /openapi.json': undefined,
      'GET /health': undefined,
      'GET /problems/{code}': undefined,
    });
    expect(propertiesOf('HttpApiAuthorizerTokenIssuer')).toMatchObject({
      JwtConfiguration: {
        Issuer: { 'Fn::Sub': SETTINGS.OIDC_ISSUER },
        Audience: [{ 'Fn::Sub': SETTINGS.OIDC_AUDIENCE }],
      },
    });
  });

  it('throttles requests', () => {
    expect(propertiesOf('HttpApiStage')).toMatchObject({
      DefaultRouteSettings: { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 },
    });
  });

  it('logs each request without its headers', () => {
    const { Format } = v.parse(
      v.object({ Format: v.string() }),
      propertiesOf('HttpApiStage').AccessLogSettings,
    );
    expect(JSON.parse(Format)).toMatchObject({ requestId: '$context.requestId' });
    expect(Format).not.toMatch(/header|authorization/i);
  });
});

describe('the audit table', () => {
  it('outlives the stack, can be restored to any moment, and cannot be deleted by mistake', () => {
    expect(packaged.template.Resources.AuditTable).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
      },
    });
  });

  it('lets records expire by an attribute that only closed records have', () => {
    expect(propertiesOf('AuditTable')).toMatchObject({
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    });
  });

  it('has one index with whole records, for strongly consistent reads, and otherwise indexes of keys', () => {
    const { LocalSecondaryIndexes, GlobalSecondaryIndexes } = v.parse(
      IndexesSchema,
      propertiesOf('AuditTable'),
    );
    const all = [...LocalSecondaryIndexes, ...GlobalSecondaryIndexes]
      .filter(({ Projection }) => Projection.ProjectionType !== 'KEYS_ONLY')
      .map(({ IndexName }) => IndexName);
    expect(all).toEqual(['idempotency']);
  });
});

describe('the logs', () => {
  it('of every function and of the gateway are kept for 30 days, in the live stage for 400 days', () => {
    const retention = (of: Package) =>
      resourcesOf('AWS::Logs::LogGroup', of).map(([, { Properties }]) => Properties.RetentionInDays);
    expect(retention(packaged)).toEqual(Array(FUNCTION_NAMES.length + 1).fill(30));
    expect(retention(live)).toEqual(Array(FUNCTION_NAMES.length + 1).fill(400));
  });
});

describe('the template', () => {
  it('is valid by the schemas of CloudFormation in each stage', () => {
    expect(faultsIn(packaged.template)).toEqual([]);
    expect(faultsIn(live.template)).toEqual([]);
  });

  const changedBy = (change: (resources: Package['template']['Resources']) => void) => {
    const template = structuredClone(packaged.template);
    change(template.Resources);
    return faultsIn(template);
  };
  const set = (id: string, properties: object) => () =>
    changedBy((resources) => Object.assign(resources[id]?.Properties ?? {}, properties));

  it.each<[string, () => string[], string]>([
    ['an unknown property', set('DeadLetters', { Fifo: true }), 'DeadLetters.Fifo: is unknown'],
    [
      'an unknown property inside another one',
      set('RotateLambdaFunction', { TracingConfig: { Mode: 'Active', Rate: 1 } }),
      'RotateLambdaFunction.TracingConfig.Rate: is unknown',
    ],
    [
      'a required property that is missing',
      () => changedBy(({ AuditTable }) => delete AuditTable?.Properties.KeySchema),
      'AuditTable.KeySchema: is required',
    ],
    [
      'a required property that is missing inside another one',
      set('DeadLettersAlarm', { Dimensions: [{ Name: 'QueueName' }] }),
      'DeadLettersAlarm.Dimensions[0].Value: is required',
    ],
    [
      'a number that is a text',
      set('StalledAlarm', { Period: '300' }),
      'StalledAlarm.Period: is not a valid integer',
    ],
    [
      'a list that is a text',
      set('RotateLambdaFunction', { Architectures: 'arm64' }),
      'RotateLambdaFunction.Architectures: must be an array',
    ],
    [
      'a value that is not one of those allowed',
      set('RotateLogGroup', { RetentionInDays: 31 }),
      'RotateLogGroup.RetentionInDays: is not a valid integer',
    ],
    [
      'a branch of a condition with the wrong type',
      set('StalledAlarm', { AlarmActions: { 'Fn::If': ['HasAlarmTopic', 'topic', []] } }),
      'StalledAlarm.AlarmActions: must be an array',
    ],
    [
      'a reference to nothing',
      set('EventBusPolicy', { EventBusName: { Ref: 'Bus' } }),
      'EventBusPolicy.EventBusName: refers to Bus, which is not in the template',
    ],
    [
      'an unknown type',
      () =>
        changedBy((resources) =>
          Object.assign(resources, { New: { Type: 'AWS::New::Thing', Properties: {} } }),
        ),
      'New: there is no type AWS::New::Thing',
    ],
  ])('is not valid with %s', (_what, faults, expected) => {
    expect(faults()).toEqual([expected]);
  });
});

describe('an archive', () => {
  const MAX_ARCHIVE_BYTES = 310 * 1024;
  /** Redoc's program is in it twice: for a browser with Brotli and for one without. */
  const MAX_PAGES_BYTES = 1400 * 1024;
  const STARTING = {
    ...SETTINGS,
    ADYEN_ENVIRONMENT: 'test',
    AUDIT_TABLE_NAME: 'audit',
    EVENT_BUS_NAME: 'keyturn',
    AWS_REGION: 'eu-west-1',
    // The function fetches its keys at once. No server listens here.
    OIDC_ISSUER: 'http://localhost:9',
  };
  const kebab = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

  it.each(FUNCTION_NAMES)('of %s contains its bundle, and nothing for local use', async (name) => {
    const files = await packaged.archive(name);
    const own = new RegExp(`^src/handlers/${kebab(name)}(\\.[\\w-]+)?\\.mjs$`);
    expect(Object.keys(files)).toContain(`src/handlers/${kebab(name)}.mjs`);
    expect(Object.keys(files).filter((file) => !own.test(file))).toEqual([]);
    const text = Buffer.concat(Object.values(files)).toString('utf8');
    const most = name === 'pages' ? MAX_PAGES_BYTES : MAX_ARCHIVE_BYTES;
    expect(await packaged.archiveSize(name)).toBeLessThan(most);
    for (const local of [
      'dynalite',
      'oauth2-mock-server',
      'fastify',
      '_simulator',
      'localhost:300',
      'sinon',
      // What src/bundle/wrap-handlers.ts puts around the handlers of npm start.
      'withRequestId',
    ]) {
      expect(text.includes(local), local).toBe(false);
    }
  });

  it('of health responds by itself', async () => {
    const { code, output } = await packaged.runBeside(
      'health',
      `import { handler } from './bundle.mjs';
       const event = { headers: {}, routeKey: 'GET /health', requestContext: { requestId: 'r', http: {} } };
       const response = await handler(event, { getRemainingTimeInMillis: () => 5000 });
       console.log(response.statusCode, response.body);`,
    );
    expect([code, output]).toEqual([
      0,
      expect.stringContaining(`200 {"status":"ok","version":"${manifest.version}"}`),
    ]);
  });

  it('of problems responds by itself', async () => {
    const { code, output } = await packaged.runBeside(
      'problems',
      `import { handler } from './bundle.mjs';
       const event = {
         headers: {},
         routeKey: 'GET /problems/{code}',
         pathParameters: { code: 'overlap-active' },
         requestContext: { requestId: 'r', http: {} },
       };
       const response = await handler(event, { getRemainingTimeInMillis: () => 5000 });
       console.log(response.statusCode, response.body);`,
    );
    expect([code, output]).toEqual([0, expect.stringMatching(/200 .*overlap-active/)]);
  });

  it.each(FUNCTION_NAMES)('of %s starts with its settings', async (name) => {
    const { code, output } = await packaged.runBeside(
      name,
      `const { handler } = await import('./bundle.mjs'); console.log(typeof handler);`,
      STARTING,
    );
    expect([code, output]).toEqual([0, 'function\n']);
  });

  it.each(FUNCTION_NAMES)('of %s leaves out code that no function runs', async (name) => {
    const text = Buffer.concat(Object.values(await packaged.archive(name))).toString('utf8');
    for (const unused of [
      'credential_process',
      'application/vnd.',
      'XMLHttpRequest',
      'require("http2")',
      'RedirectableRequest',
      'parseProxyResponse',
    ]) {
      expect(text.includes(unused), unused).toBe(false);
    }
  });

  it.each([
    ['rotate', ['secretsmanager.GetSecretValue']],
    ['rotations', []],
    ['state', []],
    ['consumers', []],
    ['checkKey', []],
  ])('of %s has fetched what every request needs once it has started', async (name, besides) => {
    const fetched = new Set<string>();
    const server = http.createServer((request, response) => {
      fetched.add(String(request.headers['x-amz-target'] ?? request.url));
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    // A server that listens on a port has an AddressInfo.
    const url = `http://localhost:${(server.address() as AddressInfo).port}`;
    await packaged.runBeside(name, `await import('./bundle.mjs'); process.exit();`, {
      ...STARTING,
      OIDC_ISSUER: url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: url,
      AWS_ENDPOINT_URL_DYNAMODB: url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    });
    server.close();
    const always = ['/.well-known/openid-configuration', 'DynamoDB_20120810.Query'];
    expect([...fetched].sort()).toEqual([...always, ...besides]);
  });

  it('of rotate does not make Node load its fetch', async () => {
    const { output } = await packaged.runBeside(
      'rotate',
      `await import('./bundle.mjs'); console.log(process.moduleLoadList.filter((name) => /undici/.test(name)));`,
      STARTING,
    );
    expect(output).toBe('[]\n');
  });

  it('of rotate does not start without its settings, and names the missing settings', async () => {
    const { code, output } = await packaged.runBeside('rotate', `await import('./bundle.mjs');`);
    expect(code).toBe(1);
    expect(output).toContain('Keyturn cannot start: ADYEN_ENVIRONMENT');
  });
});
