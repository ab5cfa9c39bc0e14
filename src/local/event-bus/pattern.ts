import * as v from 'valibot';
import { isJsonObject } from './json-object.ts';

const LiteralSchema = v.union([v.string(), v.number(), v.boolean(), v.null()]);
const PrefixSchema = v.strictObject({ prefix: v.string() });

const MatcherSchema = v.union([
  LiteralSchema,
  PrefixSchema,
  v.strictObject({ suffix: v.string() }),
  v.strictObject({ exists: v.boolean() }),
  v.strictObject({
    'anything-but': v.union([LiteralSchema, v.pipe(v.array(LiteralSchema), v.minLength(1)), PrefixSchema]),
  }),
]);

type Matcher = v.InferOutput<typeof MatcherSchema>;

/** An event pattern: for each field its allowed values, or a pattern for the fields inside it. */
export type Pattern = Readonly<{ [field: string]: readonly Matcher[] | Pattern }>;

const PatternSchema: v.GenericSchema<unknown, Pattern> = v.pipe(
  v.custom<Record<string, unknown>>(isJsonObject),
  v.record(
    // `$or` looks like a field but is an operator, which is not supported here.
    v.pipe(v.string(), v.regex(/^[^$]/)),
    v.union([v.pipe(v.array(MatcherSchema), v.minLength(1)), v.lazy(() => PatternSchema)]),
  ),
  v.minEntries(1),
);

/**
 * Parses an EventBridge event pattern with literals, `prefix`, `suffix`, `exists` and `anything-but`. Throws an error for
 * any other operator: if it were ignored, the rule would silently match nothing.
 */
export function readPattern(pattern: unknown): Pattern {
  const read = v.safeParse(PatternSchema, pattern);
  if (read.success) return read.output;
  throw new Error(`not an event pattern, or it has an unsupported operator: ${JSON.stringify(pattern)}`);
}

/** Whether each field of the pattern has an allowed value in the event. */
export function matches(pattern: Pattern, event: unknown): boolean {
  return Object.entries(pattern).every(([field, allowed]) => {
    const value = isJsonObject(event) && Object.hasOwn(event, field) ? event[field] : undefined;
    // An array matches if one of its elements does.
    const values = [value].flat(Number.POSITIVE_INFINITY).filter((one) => one !== undefined);
    const objects = values.filter(isJsonObject);
    if (!isMatchers(allowed)) {
      // Without an object its fields are absent, which `exists: false` matches.
      return (objects.length > 0 ? objects : [{}]).some((object) => matches(allowed, object));
    }
    // Matchers apply to values only, never to objects.
    const leaves = values.filter((one) => !isJsonObject(one));
    return allowed.some((matcher) => matchesLeaves(matcher, leaves));
  });
}

function matchesLeaves(matcher: Matcher, leaves: readonly unknown[]): boolean {
  if (isJsonObject(matcher) && 'exists' in matcher) return matcher.exists === leaves.length > 0;
  return leaves.some((leaf) => matchesLeaf(matcher, leaf));
}

function matchesLeaf(matcher: Exclude<Matcher, { exists: boolean }>, leaf: unknown): boolean {
  if (!isJsonObject(matcher)) return leaf === matcher;
  if ('prefix' in matcher) return typeof leaf === 'string' && leaf.startsWith(matcher.prefix);
  if ('suffix' in matcher) return typeof leaf === 'string' && leaf.endsWith(matcher.suffix);
  return ![matcher['anything-but']].flat().some((excluded) => matchesLeaf(excluded, leaf));
}

/** A type guard of its own, because `Array.isArray` does not narrow a readonly array out of a union. */
function isMatchers(allowed: Pattern[string]): allowed is readonly Matcher[] {
  return Array.isArray(allowed);
}
