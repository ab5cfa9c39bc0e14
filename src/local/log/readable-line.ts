import { styleText } from 'node:util';
import * as v from 'valibot';

const COLORS = { DEBUG: 'dim', INFO: 'green', WARN: 'yellow', ERROR: 'red', CRITICAL: 'red' } as const;

const EntrySchema = v.looseObject({
  level: v.picklist(['DEBUG', 'INFO', 'WARN', 'ERROR', 'CRITICAL']),
  message: v.string(),
  timestamp: v.pipe(
    v.string(),
    v.check((text) => !Number.isNaN(Date.parse(text))),
  ),
});

const ErrorSchema = v.looseObject({ name: v.string(), message: v.string(), stack: v.string() });
const MetricSchema = v.looseObject({ _aws: v.looseObject({}) });
const RequestSchema = v.looseObject({ route: v.string(), status: v.number() });

/** The same in every line, or twice in one. */
const LEFT_OUT = new Set(['service', 'sampling_rate', 'correlation_id', 'xray_trace_id']);

/** A line of the log for a person: `undefined` for a metric, which is for CloudWatch. Other text stays as it is. */
export function readableLine(line: string): string | undefined {
  const json = parseJson(line);
  if (v.is(MetricSchema, json)) return undefined;
  const entry = v.safeParse(EntrySchema, json);
  if (!entry.success) return line;
  const { level, message, timestamp, ...fields } = entry.output;
  const time = new Date(timestamp).toTimeString().slice(0, 'hh:mm:ss'.length);
  const [what, rest] = headline(level, message, fields);
  const shown = Object.entries(rest).filter(([name]) => !LEFT_OUT.has(name));
  const errors = shown.flatMap(([, value]) => (v.is(ErrorSchema, value) ? [stackOf(value)] : []));
  const words = shown.flatMap(([name, value]) => (v.is(ErrorSchema, value) ? [] : [word(name, value)]));
  return [[styleText('dim', time), what, ...words].join('  '), ...errors].join('\n');
}

/** What the line is about, and the fields that it does not name. A request begins with its status and route. */
function headline(
  level: keyof typeof COLORS,
  message: string,
  fields: Record<string, unknown>,
): [string, Record<string, unknown>] {
  if (message !== 'request' || !v.is(RequestSchema, fields)) {
    return [
      `${styleText(COLORS[level], level.padEnd('ERROR'.length))}  ${styleText('bold', message)}`,
      fields,
    ];
  }
  const { status, route, ...rest } = fields;
  const color = status >= 500 ? 'red' : status >= 400 ? 'yellow' : 'green';
  return [`${styleText(color, String(status).padEnd('ERROR'.length))}  ${styleText('bold', route)}`, rest];
}

function word(name: string, value: unknown): string {
  return `${styleText('dim', `${name}=`)}${textOf(value)}`;
}

/** The values alone of an object, and of a hash as much as is compared by eye. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(',');
  if (typeof value === 'object' && value !== null) return Object.values(value).map(textOf).join(' ');
  return printable(String(value)).replaceAll(/(sha256:[0-9a-f]{16})[0-9a-f]{48}/g, '$1…');
}

/** Without characters that a terminal obeys: a caller may have sent them. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (one) =>
    JSON.stringify(one)
      .slice(1, -1)
      .replace(/^[\x7f-\x9f]$/, '?'),
  );
}

/** The stack of an error and of its causes, below the line. */
function stackOf(error: v.InferOutput<typeof ErrorSchema>): string {
  const own = error.stack.replaceAll(/^/gm, '          ');
  return v.is(ErrorSchema, error.cause) ? `${own}\n${stackOf(error.cause)}` : own;
}

function parseJson(line: string): unknown {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
