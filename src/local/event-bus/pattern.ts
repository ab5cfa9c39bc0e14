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

/** An event pattern: for each field the alternatives that its value may be, or a pattern for what is in it. */
export type Pattern = Readonly<{ [field: string]: readonly Matcher[] | Pattern }>;

const PatternSchema: v.GenericSchema<unknown, Pattern> = v.pipe(
  v.custom<Record<string, unknown>>(isJsonObject),
  v.record(
    // `$or` is an operator too, and one that looks like a field.
    v.pipe(v.string(), v.regex(/^[^$]/)),
    v.union([v.pipe(v.array(MatcherSchema), v.minLength(1)), v.lazy(() => PatternSchema)]),
  ),
  v.minEntries(1),
);

/**
 * Reads an event pattern as EventBridge knows them: literals, `prefix`, `suffix`, `exists` and `anything-but`.
 * Throws on any other operator: a rule that silently matched nothing would look like one that works.
 */
export function readPattern(pattern: unknown): Pattern {
  const read = v.safeParse(PatternSchema, pattern);
  if (read.success) return read.output;
  throw new Error(`not an event pattern, or one with an operator not known here: ${JSON.stringify(pattern)}`);
}

/** Whether an event has, for every field of the pattern, one of the values that this allows. */
export function matches(pattern: Pattern, event: unknown): boolean {
  return Object.entries(pattern).every(([field, wanted]) => {
    const value = isJsonObject(event) && Object.hasOwn(event, field) ? event[field] : undefined;
    // An array matches if one of its elements does.
    const values = [value].flat(Number.POSITIVE_INFINITY).filter((one) => one !== undefined);
    const objects = values.filter(isJsonObject);
    if (!isAlternatives(wanted)) {
      // Where there is no object, its fields are absent, which a pattern may want.
      return (objects.length > 0 ? objects : [{}]).some((object) => matches(wanted, object));
    }
    // Alternatives are about values; an object is none.
    const leaves = values.filter((one) => !isJsonObject(one));
    return wanted.some((matcher) => matchesLeaves(matcher, leaves));
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
  return ![matcher['anything-but']].flat().some((unwanted) => matchesLeaf(unwanted, leaf));
}

/** `Array.isArray` does not tell a readonly array from the rest of a union. */
function isAlternatives(wanted: Pattern[string]): wanted is readonly Matcher[] {
  return Array.isArray(wanted);
}
