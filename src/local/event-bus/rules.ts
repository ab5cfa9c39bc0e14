import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { parse } from 'yaml';
import { type Pattern, readPattern } from './pattern.ts';

/** Whatever matches the pattern is delivered to the function of that name. */
export type Rule = Readonly<{ target: string; pattern: Pattern }>;

/** As much of serverless.yml as tells which events a function gets. */
const FunctionsSchema = v.object({
  functions: v.record(
    v.string(),
    v.object({
      events: v.optional(
        v.array(
          v.union([
            // An event without settings is a name alone.
            v.string(),
            v.object({ eventBridge: v.optional(v.object({ pattern: v.optional(v.unknown()) })) }),
          ]),
        ),
        [],
      ),
    }),
  ),
});

/** The rules of the event bus, just as serverless.yml deploys them. */
export async function readRules(): Promise<readonly Rule[]> {
  return rulesOf(await readFile(new URL('../../../serverless.yml', import.meta.url), 'utf8'));
}

/**
 * The rules in the text of a serverless.yml: every `eventBridge` event with a pattern.
 * Throws where the local bus could not tell what a pattern matches.
 */
export function rulesOf(yaml: string): readonly Rule[] {
  const { functions } = v.parse(FunctionsSchema, parse(yaml, { logLevel: 'silent' }));
  return Object.entries(functions).flatMap(([target, { events }]) =>
    events.flatMap((event) => {
      if (typeof event === 'string' || event.eventBridge?.pattern === undefined) return [];
      return [{ target, pattern: readRulePattern(target, event.eventBridge.pattern) }];
    }),
  );
}

function readRulePattern(target: string, pattern: unknown): Pattern {
  try {
    // Only the Serverless Framework resolves its variables; unresolved, they would match nothing.
    if (JSON.stringify(pattern).includes('${'))
      throw new Error('it has a variable, which only a deployment resolves');
    return readPattern(pattern);
  } catch (cause) {
    throw new Error(`functions.${target}.events in serverless.yml has a pattern that can not be used`, {
      cause,
    });
  }
}
