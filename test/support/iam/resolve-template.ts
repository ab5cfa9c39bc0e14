import type { Template } from '../package.ts';

/** What stands for the account that Keyturn is deployed to: that of the local Secrets Manager's ARNs. */
export const ACCOUNT = '000000000000';
export const REGION = 'eu-west-1';

const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::StackName': 'keyturn',
};

/** The ARN of a resource that has the given physical name, by type. */
const ARN_OF: Readonly<Record<string, (name: string) => string>> = {
  'AWS::DynamoDB::Table': (name) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`,
  'AWS::Events::EventBus': (name) => `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${name}`,
  'AWS::SQS::Queue': (name) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`,
  'AWS::Lambda::Function': (name) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`,
  'AWS::Logs::LogGroup': (name) => `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${name}:*`,
  'AWS::KMS::Key': (name) => `arn:aws:kms:${REGION}:${ACCOUNT}:key/${name}`,
};

const NO_VALUE = Symbol('AWS::NoValue');

/**
 * Makes the function that replaces the intrinsic functions in a part of a template by what CloudFormation would put there.
 * A parameter has its default. A resource without a name in the template has its logical id as its name.
 *
 * @param names physical names by logical id, instead of those
 */
export function templateResolver(
  template: Template,
  names: Readonly<Record<string, string>> = {},
): (value: unknown) => unknown {
  return (value) => resolve(value);

  function resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(resolve).filter((one) => one !== NO_VALUE);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [[name, argument] = ['', undefined]] = entries;
    if (entries.length === 1 && (name === 'Ref' || name === 'Condition' || name.startsWith('Fn::'))) {
      // A statement's own `Condition` is an object, and only its name is a function's.
      if (name !== 'Condition' || typeof argument === 'string') return intrinsic(name, argument);
    }
    return Object.fromEntries(
      entries.map(([key, one]) => [key, resolve(one)]).filter(([, one]) => one !== NO_VALUE),
    );
  }

  function intrinsic(name: string, argument: unknown): unknown {
    switch (name) {
      case 'Ref':
        return ref(String(argument));
      case 'Fn::GetAtt': {
        const [id = '', attribute = ''] =
          typeof argument === 'string' ? argument.split('.') : listOf(argument).map(String);
        return attributeOf(id, attribute);
      }
      case 'Fn::Sub': {
        const [text, own = {}] = Array.isArray(argument) ? argument : [argument];
        const values = Object(resolve(own));
        return String(text).replaceAll(/\$\{([^}!]+)\}/g, (_, id: string) => {
          if (id in values) return String(values[id]);
          const [resource = '', attribute] = id.split('.');
          return attribute === undefined ? String(ref(id)) : attributeOf(resource, attribute);
        });
      }
      case 'Fn::Join': {
        const [separator, parts] = listOf(argument);
        return listOf(resolve(parts)).join(String(separator));
      }
      case 'Fn::If': {
        const [condition, yes, no] = listOf(argument);
        return resolve(isMet(String(condition)) ? yes : no);
      }
      case 'Fn::Equals': {
        const [one, other] = listOf(resolve(argument));
        return one === other;
      }
      case 'Fn::Not':
        return !listOf(resolve(argument))[0];
      case 'Fn::And':
        return listOf(resolve(argument)).every(Boolean);
      case 'Fn::Or':
        return listOf(resolve(argument)).some(Boolean);
      case 'Condition':
        return isMet(String(argument));
      default:
        throw new Error(`The intrinsic function ${name} is not supported here.`);
    }
  }

  function isMet(condition: string): boolean {
    if (!(condition in template.Conditions)) throw new Error(`There is no condition ${condition}.`);
    return resolve(template.Conditions[condition]) === true;
  }

  function ref(id: string): unknown {
    if (id === 'AWS::NoValue') return NO_VALUE;
    const known = PSEUDO_PARAMETERS[id] ?? template.Parameters[id]?.Default;
    return known ?? nameOf(id);
  }

  function attributeOf(id: string, attribute: string): string {
    const arnOf = ARN_OF[template.Resources[id]?.Type ?? ''];
    if (attribute !== 'Arn' || !arnOf) throw new Error(`${id}.${attribute} is not supported here.`);
    return arnOf(nameOf(id));
  }

  function nameOf(id: string): string {
    const resource = template.Resources[id];
    if (!resource) throw new Error(`The template has no ${id}.`);
    const { Name, FunctionName, TableName, QueueName } = resource.Properties;
    const named = Name ?? FunctionName ?? TableName ?? QueueName;
    return names[id] ?? (named === undefined ? id : String(resolve(named)));
  }
}

function listOf(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error(`Not a list: ${JSON.stringify(value)}`);
  return value;
}
