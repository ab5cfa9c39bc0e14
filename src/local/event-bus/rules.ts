import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { parse } from 'yaml';
import { type Pattern, readPattern } from './pattern.ts';

/** Events that match the pattern are delivered to the function with the name `target`. */
export type Rule = Readonly<{ target: string; pattern: Pattern }>;

/** The functions in serverless.yml and their events. */
const FunctionsSchema = v.object({
  functions: v.record(
    v.string(),
    v.object({
      events: v.optional(
        v.array(
          v.union([
            // An event without settings, such as `- httpApi`.
            v.string(),
            v.object({ eventBridge: v.optional(v.object({ pattern: v.optional(v.unknown()) })) }),
          ]),
        ),
        [],
      ),
    }),
  ),
});

/** The event bus rules that serverless.yml deploys. */
export async function readRules(): Promise<readonly Rule[]> {
  return rulesOf(await readFile(new URL('../../../serverless.yml', import.meta.url), 'utf8'));
}

/**
 * The rules in the text of a serverless.yml: every `eventBridge` event with a pattern. Throws an error if the local bus
 * does not support a pattern.
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
    // The Serverless Framework resolves variables at deployment. Unresolved, they would match nothing.
    if (JSON.stringify(pattern).includes('${'))
      throw new Error('it has a variable, which only a deployment resolves');
    return readPattern(pattern);
  } catch (cause) {
    throw new Error(`functions.${target}.events in serverless.yml has a pattern that cannot be used`, {
      cause,
    });
  }
}
