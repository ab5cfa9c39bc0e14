import { glob, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import * as v from 'valibot';

/** One checkpoint of an execution: a step with its result, or a wait. Both have a name. */
const OperationSchema = v.union([
  v.strictObject({ step: v.string(), result: v.optional(v.unknown()) }),
  v.strictObject({ wait: v.string() }),
]);

const HeaderSchema = v.strictObject({
  /** The event that started the execution. */
  event: v.looseObject({}),
  /** What the execution returned, or the message of its error. */
  end: v.union([v.strictObject({ result: v.unknown() }), v.strictObject({ error: v.string() })]),
});

export type Operation = v.InferOutput<typeof OperationSchema>;
export type History = v.InferOutput<typeof HeaderSchema> & Readonly<{ operations: readonly Operation[] }>;

const FOLDER = 'test/workflow-histories';

/** The file of a history: a line for the event and the end of the execution, and one for each checkpoint. */
export function fileOf(name: string): string {
  return `${FOLDER}/${name}.jsonl`;
}

/** All recorded histories, by name. */
export async function readHistories(): Promise<Map<string, History>> {
  const histories = new Map<string, History>();
  for await (const path of glob(`${FOLDER}/*.jsonl`)) {
    const [header = '', ...lines] = (await readFile(path, 'utf8')).trimEnd().split('\n');
    histories.set(basename(path, '.jsonl'), {
      ...v.parse(HeaderSchema, JSON.parse(header)),
      operations: lines.map((line) => v.parse(OperationSchema, JSON.parse(line))),
    });
  }
  return histories;
}

/** A history as text, with stable ids and fingerprints: recorded again, an unchanged workflow gives the same text. */
export function textOf({ event, end, operations }: History): string {
  const lines = [{ event, end }, ...operations].map((line) => JSON.stringify(line));
  return withStable(
    withStable(
      `${lines.join('\n')}\n`,
      /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g,
      (n) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`,
    ),
    /sha256:[0-9a-f]+/g,
    (n) => `sha256:${String(n).padStart(16, '0')}`,
  );
}

/** Numbers the different texts that match, in the order of their first occurrence. */
function withStable(text: string, pattern: RegExp, stable: (number: number) => string): string {
  const found = [...new Set(text.match(pattern))];
  return text.replace(pattern, (one) => stable(found.indexOf(one) + 1));
}
