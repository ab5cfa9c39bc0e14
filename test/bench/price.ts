import { USE_PRICES } from '../../src/deployment/prices.ts';
import type { Cold } from './measure-cold.ts';
import type { Warm } from './measure-warm.ts';

/** List prices of us-east-1 in US dollars, without free tiers. */
const PRICES = {
  ...USE_PRICES,
  /** Storage and point-in-time recovery. */
  dynamoDbByteMonth: (0.25 + 0.2) / 1e9,
  secretsManagerCall: 0.05 / 1e4,
  logByte: 0.5 / 1e9,
  secretMonth: 0.4,
  alarmMonth: 0.1,
  /** Billed for each hour in which a value is sent. */
  metricMonth: 0.3,
  dashboardMonth: 3,
  xrayTrace: 5 / 1e6,
  /** Uses of the AWS managed key of DynamoDB. */
  kmsCall: 0.03 / 1e4,
} as const;

/** With this memory a function gets one whole processor (MB); with less, a proportional share. */
const MB_PER_PROCESSOR = 1769;
/** How long a rotation waits for Adyen and AWS (ms). An assumption: nothing here can measure it. */
export const WAITING_MS = 400;
/**
 * Write units of one rotation, with the indexes, which the embedded DynamoDB does not count. The start: 1, and 6 in the
 * indexes. The end: 2, because the record is then larger than 1 KB, and 5 in the indexes: it is removed from one and
 * moved within two.
 */
const WRITE_UNITS = 14;
/** The size of a record and its index entries (bytes). */
const RECORD_BYTES = 3_200;
/** The log lines of one rotation: Keyturn's, the runtime's and the gateway's (bytes). */
const LOG_BYTES = 2_000;
/** The number of metrics with an alarm in src/deployment/alarms.yml: an alarm on a sum is billed for each metric in it. */
export const ALARMS = 38;
/** `Rotations` with one outcome at one level, and `UpstreamLatency` of all and of one class. */
const METRICS = 3;
/** `KeyStates` with one state, whether keys rotate or not. The checks of managed keys add `CheckedKeys`. */
const HOURLY_METRICS = 1;
const HOURS_A_MONTH = 30 * 24;
/** The interval of the sweep, of reads of the management credential, and of DynamoDB's uses of the table's KMS key. */
const FIVE_MINUTES_A_MONTH = HOURS_A_MONTH * 12;
/** A sweep reads 8 partitions at half a unit each. `ms`: its duration. */
const SWEEP = { units: 8 * 0.5, ms: 100 };

/** The measurements that a price depends on. */
export type Speed = Readonly<{ cold: Cold; warm: Warm }>;
/** A line of the bill. */
export type Line = Readonly<{ what: string; dollars: number }>;

/** How many times longer the same work takes in a request than in the initialisation, which gets a whole processor. */
export function slowdown(memoryMb: number): number {
  return Math.max(1, MB_PER_PROCESSOR / memoryMb);
}

/** The time that Lambda bills for a rotation (ms, estimated): waiting, and the processor time that was measured here. */
export function billedMs({ cold, warm }: Speed, memoryMb: number, isCold: boolean): number {
  return isCold
    ? cold.initCpuMs + WAITING_MS + cold.responseCpuMs * slowdown(memoryMb)
    : WAITING_MS + warm.cpuMs * slowdown(memoryMb);
}

/** The price of one request to Lambda, by its billed time. */
export function lambdaDollars(ms: number, memoryMb: number): number {
  return PRICES.lambdaRequest + (ms / 1000) * (memoryMb / 1024) * PRICES.lambdaGbSecond;
}

/** The bill for a month with this number of rotations. If there are few, all of them meet a cold container. */
export function monthlyBill(rotations: number, speed: Speed, memoryMb: number): Line[] {
  const isCold = rotations < 100_000;
  const secretReads = isCold ? rotations * speed.warm.coldCalls.secretsManager : FIVE_MINUTES_A_MONTH;
  const lambda = lambdaDollars(billedMs(speed, memoryMb, isCold), memoryMb);
  const dynamoDb = PRICES.dynamoDbReadUnit + WRITE_UNITS * PRICES.dynamoDbWriteUnit;
  const sweep = lambdaDollars(SWEEP.ms, memoryMb) + SWEEP.units * PRICES.dynamoDbReadUnit;
  return [
    { what: 'Lambda', dollars: rotations * lambda },
    { what: 'API Gateway (HTTP API)', dollars: rotations * PRICES.httpApiRequest },
    { what: 'DynamoDB, requests', dollars: rotations * dynamoDb },
    {
      what: 'DynamoDB, keeping these records for a month',
      dollars: rotations * RECORD_BYTES * PRICES.dynamoDbByteMonth,
    },
    { what: 'Secrets Manager, calls', dollars: secretReads * PRICES.secretsManagerCall },
    { what: 'CloudWatch, logs', dollars: rotations * LOG_BYTES * PRICES.logByte },
    // X-Ray traces the first request of each second and 5 % of the others. Of a million a month that is nearly all.
    { what: 'X-Ray, traces (live stage)', dollars: rotations * PRICES.xrayTrace },
    { what: 'Secrets Manager, one secret', dollars: PRICES.secretMonth },
    { what: `CloudWatch, alarms on ${ALARMS} metrics`, dollars: ALARMS * PRICES.alarmMonth },
    {
      what: `CloudWatch, ${METRICS} metrics`,
      dollars: METRICS * PRICES.metricMonth * Math.min(1, rotations / HOURS_A_MONTH),
    },
    { what: 'CloudWatch, the hourly count of keys', dollars: HOURLY_METRICS * PRICES.metricMonth },
    { what: 'CloudWatch, the dashboard', dollars: PRICES.dashboardMonth },
    { what: 'KMS, calls for the table', dollars: FIVE_MINUTES_A_MONTH * PRICES.kmsCall },
    { what: 'the sweep', dollars: FIVE_MINUTES_A_MONTH * sweep },
  ];
}
