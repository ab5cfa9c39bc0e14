import { loadAwsServiceSpec } from '@aws-cdk/aws-service-spec';
import type { Template } from './package.ts';

const database = await loadAwsServiceSpec();
const definitionOf = (type: string) => database.lookup('resource', 'cloudFormationType', 'equals', type)[0];

type Properties = NonNullable<ReturnType<typeof definitionOf>>['properties'];
type PropertyType = Properties[string]['type'];
type Intrinsic = Readonly<{ name: string; argument: unknown }>;

/**
 * What CloudFormation's own schemas have against the resources of a template: unknown types and properties, missing
 * required properties, values of the wrong type, and references to nothing.
 */
export function faultsIn(template: Template): string[] {
  return Object.entries(template.Resources).flatMap(([id, { Type, Properties }]) => {
    const definition = definitionOf(Type);
    if (!definition) return [`${id}: there is no type ${Type}`];
    return [...inObject(Properties, definition.properties, id), ...inReferences(Properties, template, id)];
  });
}

function inObject(value: unknown, properties: Properties, path: string): string[] {
  if (!isObject(value)) return [`${path}: must be an object`];
  const present = Object.entries(value).filter(([, one]) => !isNoValue(one));
  const names = present.map(([name]) => name);
  const missing = Object.entries(properties).filter(
    ([name, { required }]) => required && !names.includes(name),
  );
  return [
    ...missing.map(([name]) => `${path}.${name}: is required`),
    ...present.flatMap(([name, one]) => {
      const property = properties[name];
      return property ? inValue(one, property.type, `${path}.${name}`) : [`${path}.${name}: is unknown`];
    }),
  ];
}

function inValue(value: unknown, type: PropertyType, path: string): string[] {
  const call = intrinsicOf(value);
  if (call?.name === 'Fn::If') {
    const [, ...branches] = [call.argument].flat();
    return branches.filter((one) => !isNoValue(one)).flatMap((one) => inValue(one, type, path));
  }
  switch (type.type) {
    case 'ref':
      return inObject(value, database.get('typeDefinition', type.reference).properties, path);
    case 'array':
      return call ? [] : inArray(value, type.element, path);
    case 'map':
      return inMap(value, type.element, path);
    case 'union':
      return inUnion(value, type.types, path);
    default:
      return call || isLeaf(value, type) ? [] : [`${path}: is not a valid ${type.type}`];
  }
}

function inArray(value: unknown, element: PropertyType, path: string): string[] {
  if (!Array.isArray(value)) return [`${path}: must be an array`];
  return value.flatMap((one, index) => inValue(one, element, `${path}[${index}]`));
}

function inMap(value: unknown, element: PropertyType, path: string): string[] {
  if (!isObject(value) || intrinsicOf(value)) return [`${path}: must be an object`];
  return Object.entries(value).flatMap(([name, one]) => inValue(one, element, `${path}.${name}`));
}

/** The faults by the first type, unless the value is of one of the others. */
function inUnion(value: unknown, types: readonly PropertyType[], path: string): string[] {
  const faults = types.map((type) => inValue(value, type, path));
  return faults.find((ones) => ones.length === 0) ?? faults[0] ?? [];
}

function isLeaf(value: unknown, type: PropertyType): boolean {
  switch (type.type) {
    case 'string':
      return typeof value === 'string' && (type.allowedValues?.includes(value) ?? true);
    case 'date-time':
      return typeof value === 'string' && !Number.isNaN(Date.parse(value));
    case 'integer':
      return Number.isInteger(value) && (type.allowedValues?.includes(Number(value)) ?? true);
    case 'json':
      return typeof value === 'object' && value !== null;
    case 'tag':
      return isObject(value) && 'Key' in value && 'Value' in value;
    default:
      return typeof value === type.type;
  }
}

function inReferences(value: unknown, template: Template, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const target = targetOf(intrinsicOf(value));
  const leads =
    target === undefined ||
    target.startsWith('AWS::') ||
    target in template.Resources ||
    target in template.Parameters;
  const own = leads ? [] : [`${path}: refers to ${target}, which is not in the template`];
  return [
    ...own,
    ...Object.entries(value).flatMap(([name, one]) => inReferences(one, template, `${path}.${name}`)),
  ];
}

/** The resource or parameter that a `Ref` or an `Fn::GetAtt` names. */
function targetOf(call: Intrinsic | undefined): string | undefined {
  if (call?.name === 'Ref') return String(call.argument);
  if (call?.name === 'Fn::GetAtt') return String([call.argument].flat()[0]);
  return undefined;
}

/** A call of a function of CloudFormation, which stands for a value that is not known yet. */
function intrinsicOf(value: unknown): Intrinsic | undefined {
  const [[name, argument] = [], ...others] = isObject(value) ? Object.entries(value) : [];
  const isCall = others.length === 0 && name !== undefined && (name === 'Ref' || name.startsWith('Fn::'));
  return isCall ? { name, argument } : undefined;
}

function isNoValue(value: unknown): boolean {
  const call = intrinsicOf(value);
  return call?.name === 'Ref' && call.argument === 'AWS::NoValue';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
