import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { isJsonObject, type JsonObject } from './json-object.ts';

/** An event as EventBridge delivers it. */
export type Envelope = Readonly<{
  version: '0';
  id: string;
  'detail-type': string;
  source: string;
  account: string;
  time: string;
  region: string;
  resources: readonly string[];
  detail: JsonObject;
}>;

/** EventBridge's response for an entry that it rejects. */
export type RejectedEntry = Readonly<{
  ErrorCode: 'MalformedDetail' | 'InvalidArgument';
  ErrorMessage: string;
}>;

const MS_PER_SECOND = 1_000;
const text = v.optional(v.string(), '');

/** The body of a `PutEvents`. Other faults of an entry are found by `toEnvelope`: they reject only that entry. */
export const PutEventsSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    Entries: v.pipe(
      v.array(
        v.object({
          Source: text,
          DetailType: text,
          Detail: text,
          EventBusName: v.optional(v.pipe(v.string(), v.minLength(1))),
          /** Seconds since the epoch. The default is now. */
          Time: v.optional(
            v.pipe(
              v.number(),
              v.transform((seconds) => new Date(seconds * MS_PER_SECOND)),
              v.date(),
            ),
          ),
          Resources: v.optional(v.array(v.string()), []),
        }),
      ),
      v.minLength(1),
      v.maxLength(10),
    ),
  }),
);

export type Entry = v.InferOutput<typeof PutEventsSchema>['Entries'][number];

const DetailSchema = v.pipe(v.string(), v.parseJson(), v.custom<JsonObject>(isJsonObject));

/** Converts an entry of a `PutEvents` into an event, or rejects it. */
export function toEnvelope(entry: Entry): Envelope | RejectedEntry {
  for (const name of ['Source', 'DetailType', 'Detail'] as const) {
    if (entry[name] === '') return invalid(name, `${name} is a required argument.`);
  }
  if (entry.Source.startsWith('aws.'))
    return invalid('Source', 'Only AWS services may use a source that begins with "aws.".');
  const detail = v.safeParse(DetailSchema, entry.Detail);
  if (!detail.success) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  const { Source, DetailType, Time = new Date(), Resources } = entry;
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': DetailType,
    source: Source,
    account: '000000000000',
    // EventBridge rounds the time down to whole seconds.
    time: Time.toISOString().replace(/\.\d{3}Z$/, 'Z'),
    region: 'eu-west-1',
    resources: Resources,
    detail: detail.output,
  };
}

function invalid(name: string, reason: string): RejectedEntry {
  return { ErrorCode: 'InvalidArgument', ErrorMessage: `Parameter ${name} is not valid. Reason: ${reason}` };
}
