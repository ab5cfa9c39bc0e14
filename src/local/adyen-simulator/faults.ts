import * as v from 'valibot';

const when = v.picklist(['before', 'after']);
const operation = v.picklist(['generateApiKey', 'me']);
const milliseconds = v.pipe(v.number(), v.minValue(0));

/**
 * What can go wrong with a call, in the caller's own time (ms are real, but for `late`):
 * - `latency`: the answer takes longer, and so does the processing if it is `before` it;
 * - `cut`: the connection ends without an answer, before or after the call was processed;
 * - `late`: the connection ends at once without an answer, and the call is processed `ms` later by the simulator's clock,
 *   whether or not anybody waits;
 * - `respond`: any answer instead of Adyen's; the call is processed only where `processed` says so;
 * - `never-ending`: an answer whose body goes on for ever;
 * - `partial-body`: the connection ends in the middle of the answer.
 */
export const FaultSchema = v.pipe(
  v.intersect([
    v.object({
      /** How many calls it befalls. */
      times: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1),
      operation: v.optional(operation, 'generateApiKey'),
      /** Only calls for this API credential; of `/me`, only those with a key of it. */
      credential: v.optional(v.string()),
    }),
    v.variant('kind', [
      v.object({ kind: v.literal('latency'), when, ms: milliseconds }),
      v.object({ kind: v.literal('cut'), when }),
      v.object({ kind: v.literal('late'), ms: milliseconds }),
      v.object({
        kind: v.literal('respond'),
        status: v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)),
        body: v.optional(v.string(), ''),
        headers: v.optional(v.record(v.string(), v.string()), {}),
        processed: v.optional(v.boolean(), false),
      }),
      v.object({
        kind: v.literal('never-ending'),
        bytesPerSecond: v.optional(v.pipe(v.number(), v.minValue(100)), 1_000_000),
      }),
      v.object({ kind: v.literal('partial-body') }),
    ]),
  ]),
  v.check(
    ({ kind, operation }) => kind !== 'late' || operation === 'generateApiKey',
    'Only generateApiKey can be late: /me changes nothing.',
  ),
);

export type Fault = v.InferOutput<typeof FaultSchema>;
export type Operation = Fault['operation'];
export type FaultOrder = v.InferInput<typeof FaultSchema>;

export type Faults = Readonly<{
  order(fault: FaultOrder): void;
  /** The fault that befalls the next call of an operation for an API credential, if that is known; each counts once. */
  next(operation: Operation, credential: string | undefined): Fault | undefined;
  clear(): void;
}>;

/** A queue of ordered faults: the first that fits comes first. */
export function createFaults(): Faults {
  let queue: Fault[] = [];
  return {
    order(order) {
      const fault = v.parse(FaultSchema, order);
      queue.push(...Array.from({ length: fault.times }, () => fault));
    },
    next(operation, credential) {
      const index = queue.findIndex(
        (fault) =>
          fault.operation === operation &&
          (fault.credential === undefined || fault.credential === credential),
      );
      return index < 0 ? undefined : queue.splice(index, 1)[0];
    },
    clear() {
      queue = [];
    },
  };
}
