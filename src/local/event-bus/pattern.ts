/** A pattern of EventBridge: nested fields, each with a list of what it may be. */
export type EventPattern = Readonly<{ [field: string]: EventPattern | readonly unknown[] }>;

type Matcher = (value: unknown) => boolean;

/**
 * Reads an event pattern as EventBridge does, as far as Keyturn's rules use them: literals, `prefix`, `suffix`,
 * `exists` and `anything-but`. Throws where it holds anything else, rather than to match too little.
 *
 * @returns whether an event matches
 */
export function readPattern(pattern: EventPattern): (event: unknown) => boolean {
  const fields = Object.entries(pattern).map(([name, wanted]) => {
    const matches = isList(wanted) ? anyOf(wanted) : readPattern(wanted);
    return (event: unknown) => matches(fieldOf(event, name));
  });
  return (event) => fields.every((matches) => matches(event));
}

function anyOf(alternatives: readonly unknown[]): Matcher {
  const matchers = alternatives.map(readAlternative);
  return (value) => matchers.some((matches) => matches(value));
}

/** What stands instead of a literal; `undefined` where the operand is none for it. */
const OPERATORS: Readonly<Record<string, (operand: unknown) => Matcher | undefined>> = {
  prefix: (operand) =>
    typeof operand === 'string' ? (value) => textOf(value).startsWith(operand) : undefined,
  suffix: (operand) => (typeof operand === 'string' ? (value) => textOf(value).endsWith(operand) : undefined),
  exists: (operand) =>
    typeof operand === 'boolean' ? (value) => (value !== undefined) === operand : undefined,
  'anything-but': (operand) => {
    const isExcluded = anyOf(isList(operand) ? operand : [operand]);
    return (value) => value !== undefined && !isExcluded(value);
  },
};

function readAlternative(wanted: unknown): Matcher {
  if (typeof wanted !== 'object' || wanted === null) return (value) => value === wanted;
  const [[operator = '', operand] = [], ...more] = Object.entries(wanted);
  const matcher = more.length === 0 ? OPERATORS[operator]?.(operand) : undefined;
  if (!matcher) throw new Error(`The local event bus does not know the pattern ${JSON.stringify(wanted)}.`);
  return matcher;
}

function fieldOf(event: unknown, name: string): unknown {
  return typeof event === 'object' && event !== null
    ? Object.entries(event).find(([key]) => key === name)?.[1]
    : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
