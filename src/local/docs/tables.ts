import * as v from 'valibot';
import { SETTING_DESCRIPTIONS } from '../../config/descriptions.ts';
import { entries } from '../../config/entries.ts';
import { EVENT_DEFINITIONS } from '../../event-bus/json-schemas.ts';
import { PROBLEMS } from '../../http/problems/problem-registry.ts';
import { KEY_STATES } from '../../rotation/key-state-names.ts';
import { LIFECYCLE } from '../../rotation/lifecycle.ts';
import { code, table } from './table.ts';

/** Every problem code of the API. */
export function problemsTable(): string {
  return table(
    ['code', 'status', 'what happened', 'what it means for the key', 'what to do', 'retry'],
    Object.entries(PROBLEMS).map(([name, { status, meaning, key, next, retryable }]) => [
      code(name),
      String(status),
      meaning,
      key,
      next,
      retryable ? 'yes' : 'no',
    ]),
  );
}

/**
 * Every event in and out.
 *
 * @param schemas the path of the folder with the JSON Schemas
 */
export function eventsTable(schemas: string): string {
  return table(
    ['event', 'what it means', 'schema of `detail`'],
    Object.entries(EVENT_DEFINITIONS).map(([name, { description }]) => [
      code(name),
      description,
      `[JSON Schema](${schemas}/${name}.json)`,
    ]),
  );
}

/** The states of a key, the most urgent one first. */
export function statesTable(): string {
  return table(
    ['`state`', 'what it means; if several are true, the first one is shown'],
    Object.entries(KEY_STATES).map(([name, meaning]) => [code(name), meaning]),
  );
}

/** Every setting of the functions. */
export function settingsTable(): string {
  const schemas: Record<string, v.GenericSchema> = Object.assign({}, ...Object.values(entries));
  return table(
    ['setting', 'default', 'meaning'],
    Object.entries(SETTING_DESCRIPTIONS).map(([name, description]) => [
      code(name),
      defaultOf(schemas[name]),
      description,
    ]),
  );
}

function defaultOf(schema: v.GenericSchema | undefined): string {
  const unset = schema && v.safeParse(schema, undefined);
  if (!unset?.success) return '(required)';
  return typeof unset.output === 'string' || typeof unset.output === 'number' ? code(unset.output) : '';
}

/** Every event in the life of a rotation and its key. */
export function lifecycleTable(): string {
  return table(
    ['event', 'from', 'status', 'timeline entry', 'outbox'],
    Object.entries(LIFECYCLE).map(([name, transition]) => [
      code(name),
      transition.from.map((state) => (state === 'none' ? 'none' : code(state))).join(', '),
      'to' in transition ? code(transition.to) : 'unchanged',
      'entry' in transition ? code(transition.entry) : 'none',
      outboxText(transition.outbox),
    ]),
  );
}

function outboxText(outbox: (typeof LIFECYCLE)[keyof typeof LIFECYCLE]['outbox']): string {
  switch (outbox) {
    case 'keep':
      return 'unchanged';
    case 'empty':
      return 'empty';
    case 'cancel':
      return `${code('ApiKeyIssued')} is removed`;
    default:
      return outbox.due === 'at once' ? code(outbox.raise) : `${code(outbox.raise)}, *${outbox.due}*`;
  }
}
