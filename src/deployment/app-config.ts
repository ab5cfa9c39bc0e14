import * as v from 'valibot';
import { entries } from '../config/entries.ts';
import type { Profile } from '../config/setting.ts';
import { type CompiledFunction, type CompiledTemplate, functionsOf } from './compiled-template.ts';
import { SETTING_SCHEMAS } from './setting-schemas.ts';
import { addStatements, mapResources, type Resources, type Statement } from './template.ts';

type SettingName = keyof typeof SETTING_SCHEMAS;

const PROFILES: Readonly<Record<SettingName, Readonly<{ id: string; name: string }>>> = {
  CALLER_GRANTS: { id: 'CallerGrantsProfile', name: 'caller-grants' },
  MANAGED_SECRETS: { id: 'ManagedSecretsProfile', name: 'managed-secrets' },
};
const SETTINGS = { ...entries.grants, MANAGED_SECRETS: entries.secrets.MANAGED_SECRETS };
/** What an id of AppConfig looks like. A policy cannot name an application by its name. */
const ID = /^[a-z0-9]{4,7}$/;

/** What the stack calls the application and the environment that it makes. */
export type StackNames = Readonly<{ application: string; environment: string }>;

/** The resources that hold both settings: free of charge until something is read from them. */
export function appConfigResources({ application, environment }: StackNames): Resources {
  const ApplicationId = { Ref: 'AppConfigApplication' };
  const profiles = Object.entries(PROFILES).map(([setting, { id, name }]) => [
    id,
    {
      Type: 'AWS::AppConfig::ConfigurationProfile',
      Properties: {
        ApplicationId,
        Name: name,
        Description: setting,
        LocationUri: 'hosted',
        Type: 'AWS.Freeform',
        // PROFILES has the same keys.
        Validators: [
          { Type: 'JSON_SCHEMA', Content: JSON.stringify(SETTING_SCHEMAS[setting as SettingName]) },
        ],
      },
    },
  ]);
  return {
    AppConfigApplication: { Type: 'AWS::AppConfig::Application', Properties: { Name: application } },
    AppConfigEnvironment: {
      Type: 'AWS::AppConfig::Environment',
      Properties: { ApplicationId, Name: environment },
    },
    ...Object.fromEntries(profiles),
  };
}

/** Reports that a document is not in use. It is there if a setting is in AppConfig. */
const badSettingsAlarm = (runbookUrl: string) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmDescription: `A setting in AppConfig cannot be read or is not valid. The last good one stays in use. ${runbookUrl}/bad-settings.md`,
    Namespace: 'Keyturn',
    MetricName: 'BadSettings',
    Dimensions: [{ Name: 'service', Value: { Ref: 'AWS::StackName' } }],
    Statistic: 'Maximum',
    Period: 300,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
    AlarmActions: { 'Fn::If': ['HasAlarmTopic', [{ Ref: 'AlarmTopicArn' }], []] },
  },
});

/**
 * Lets each function read the profiles that its settings name, and adds the alarm. Throws an error for a profile that no
 * policy could name. Without such a setting everything stays as it is.
 *
 * @param stack what the stack makes itself, if it does
 * @param runbookUrl where the runbook is, for the alarm
 */
export function withAppConfigAccess(
  template: CompiledTemplate,
  stack: StackNames | undefined,
  runbookUrl: string,
): Resources {
  const readable = new Map(
    functionsOf(template).map((one) => [
      one.roleId,
      profilesOf(one).map(([setting, profile]) => arnOf(setting, profile, stack)),
    ]),
  );
  const resources = mapResources(template.Resources, (resource, id) => {
    const profiles = readable.get(id) ?? [];
    return profiles.length > 0 ? addStatements(resource, () => [allow(profiles)]) : resource;
  });
  const isUsed = [...readable.values()].some((profiles) => profiles.length > 0);
  return { ...resources, ...(isUsed && { BadSettingsAlarm: badSettingsAlarm(runbookUrl) }) };
}

function profilesOf({ settings }: CompiledFunction): [SettingName, Profile][] {
  return Object.entries(SETTINGS).flatMap(([name, schema]): [SettingName, Profile][] => {
    const { [name]: text } = settings;
    const parsed = text === undefined ? undefined : v.safeParse(schema, text);
    if (!parsed?.success || !('profile' in parsed.output)) return [];
    // SETTINGS has the same keys.
    return [[name as SettingName, parsed.output.profile]];
  });
}

/** docs.aws.amazon.com/service-authorization/latest/reference/list_awsappconfig.html: the resource type `configuration`. */
function arnOf(setting: SettingName, { application, environment, profile }: Profile, stack?: StackNames) {
  const { id, name } = PROFILES[setting];
  const isOwn = application === stack?.application && environment === stack.environment && profile === name;
  if (isOwn) return arn(inStack('AppConfigApplication'), inStack('AppConfigEnvironment'), inStack(id));
  const ids = [application, environment, profile] as const;
  if (ids.every((one) => ID.test(one))) return arn(...ids);
  throw new Error(
    `${setting} must be appconfig: and the names of what the stack makes with --param appConfig=on, ` +
      `<service>-<stage>/<stage>/${name}, or the ids of an application of your own`,
  );
}

const inStack = (logicalId: string) => `\${${logicalId}}`;

function arn(application: string, environment: string, profile: string) {
  const account = ['AWS::Partition', 'appconfig', 'AWS::Region', 'AWS::AccountId'].map((part) =>
    part.startsWith('AWS::') ? inStack(part) : part,
  );
  const path = `application/${application}/environment/${environment}/configuration/${profile}`;
  return { 'Fn::Sub': ['arn', ...account, path].join(':') };
}

function allow(profiles: readonly unknown[]): Statement {
  return {
    Effect: 'Allow',
    Action: ['appconfig:GetLatestConfiguration', 'appconfig:StartConfigurationSession'],
    Resource: profiles,
  };
}
