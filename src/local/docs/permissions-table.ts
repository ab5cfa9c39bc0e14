import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { parse } from 'yaml';
import { code, table } from './table.ts';

/** A text, or an intrinsic function of CloudFormation that makes one. */
const resource = v.union([
  v.string(),
  v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.string()]) }),
  v.object({ 'Fn::Sub': v.string() }),
]);

const oneOrMore = <Schema extends v.GenericSchema>(schema: Schema) => v.union([v.array(schema), schema]);

const ServiceSchema = v.object({
  functions: v.record(
    v.string(),
    v.object({
      iamRoleStatements: v.array(v.object({ Action: oneOrMore(v.string()), Resource: oneOrMore(resource) })),
    }),
  ),
});

type Resource = v.InferOutput<typeof resource>;

/** What the README calls a resource, by a part of its text in serverless.yml. The first that fits counts. */
const NAMES: readonly (readonly [part: string, name: string])[] = [
  ['managementCredentialSecretArn', 'management credential'],
  ['managedSecretPrefix', 'managed secrets'],
  ['EventBus', 'event bus'],
  ['DeadLetters', 'dead letters'],
  ['AuditTable', 'audit table'],
  [':function:', 'own executions'],
  ['"*"', 'everything'],
];

/**
 * Which function may do what, by the roles in serverless.yml. A function that may only write its own log has no column,
 * and a permission for the log or for tracing has no row.
 */
export async function permissionsTable(): Promise<string> {
  const yaml = await readFile(new URL('../../../serverless.yml', import.meta.url), 'utf8');
  const { functions } = v.parse(ServiceSchema, parse(yaml, { merge: true, logLevel: 'silent' }));
  const permissions = Object.entries(functions).flatMap(([name, { iamRoleStatements }]) =>
    iamRoleStatements.flatMap(({ Action, Resource }) =>
      [Action]
        .flat()
        .flatMap((action) => [Resource].flat().map((one) => ({ name, action, on: nameOf(one) }))),
    ),
  );
  const columns = Object.keys(functions).filter((name) => permissions.some((one) => one.name === name));
  const rows = new Map(permissions.map(({ action, on }) => [`${action} ${on}`, { action, on }]));
  return table(
    ['action', 'on', ...columns.map(code)],
    [...rows.values()]
      .toSorted(byActionAndResource)
      .map(({ action, on }) => [
        code(action),
        on,
        ...columns.map((name) =>
          permissions.some((one) => one.name === name && one.action === action && one.on === on) ? 'yes' : '',
        ),
      ]),
  );
}

function nameOf(one: Resource): string {
  const text = JSON.stringify(one);
  const [, index] = /\/index\/([a-z-]+)/.exec(text) ?? [];
  if (index !== undefined) return `index ${code(index)}`;
  const known = NAMES.find(([part]) => text.includes(part));
  if (!known) throw new Error(`The README has no name for the resource ${text}.`);
  return known[1];
}

type Row = Readonly<{ action: string; on: string }>;

function byActionAndResource(one: Row, other: Row): number {
  return one.action.localeCompare(other.action) || one.on.localeCompare(other.on);
}
