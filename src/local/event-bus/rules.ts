import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { parse } from 'yaml';
import { type EventPattern, readPattern } from './pattern.ts';

const EventBridgeSchema = v.object({ eventBridge: v.object({ pattern: v.record(v.string(), v.unknown()) }) });

const FunctionsSchema = v.object({
  functions: v.record(v.string(), v.object({ events: v.optional(v.array(v.unknown()), []) })),
});

/** Which function of serverless.yml gets an event. */
export type Rule = Readonly<{ functionName: string; matches(event: unknown): boolean }>;

/** The event rules just as serverless.yml deploys them. Throws where the local bus can not keep one. */
export async function readRules(): Promise<Rule[]> {
  return rulesOf(await readFile(new URL('../../../serverless.yml', import.meta.url), 'utf8'));
}

/** The event rules in the text of a serverless.yml. */
export function rulesOf(yaml: string): Rule[] {
  const { functions } = v.parse(FunctionsSchema, parse(yaml, { logLevel: 'silent' }));
  return Object.entries(functions).flatMap(([functionName, { events }]) =>
    events.flatMap((event) => {
      const rule = v.safeParse(EventBridgeSchema, event);
      if (!rule.success) return [];
      // A pattern's fields are lists and further fields; readPattern refuses what is in the lists.
      const pattern = rule.output.eventBridge.pattern as EventPattern;
      return [{ functionName, matches: readPattern(pattern) }];
    }),
  );
}
