import * as v from 'valibot';

const when = v.picklist(['before', 'after']);
const operation = v.picklist(['generateApiKey', 'me', 'getApiCredential']);
const milliseconds = v.pipe(v.number(), v.minValue(0));

/**
 * What can go wrong with a call. Milliseconds are real time, except those of `late`:
 * - `latency`: a delay before or after the call is processed;
 * - `cut`: the connection ends without a response, before or after the call is processed;
 * - `late`: the connection ends at once without a response, and the call is processed `ms` later on the simulator's
 *   clock;
 * - `respond`: this response instead of Adyen's; the call is processed only if `processed` is true;
 * - `never-ending`: a response whose body never ends;
 * - `partial-body`: the connection ends in the middle of the body.
 */
export const FaultSchema = v.pipe(
  v.intersect([
    v.object({
      /** How many calls meet the fault. */
      times: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1),
      operation: v.optional(operation, 'generateApiKey'),
      /** Only calls for this API credential meet the fault; for `me`, only calls with one of its keys. */
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
    'Only generateApiKey can be late: the others change nothing.',
  ),
);

export type Fault = v.InferOutput<typeof FaultSchema>;
export type Operation = Fault['operation'];
export type FaultOrder = v.InferInput<typeof FaultSchema>;

export type Faults = Readonly<{
  /** Adds a fault to the queue, once for each of its `times`. */
  order(fault: FaultOrder): void;
  /** Takes the fault that the current call meets out of the queue. The credential is `undefined` for an unknown key. */
  next(operation: Operation, credential: string | undefined): Fault | undefined;
  clear(): void;
}>;

/** A queue of ordered faults. A call meets the first one that applies to it. */
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
