import type { Cold, Warm } from './measure.ts';

/** List prices of us-east-1 in US dollars, without free tiers. */
const PRICES = {
  lambdaRequest: 0.2 / 1e6,
  /** On arm64. */
  lambdaGbSecond: 0.0000133334,
  httpApiRequest: 1 / 1e6,
  dynamoDbReadUnit: 0.125 / 1e6,
  dynamoDbWriteUnit: 0.625 / 1e6,
  /** With point-in-time recovery. */
  dynamoDbByteMonth: (0.25 + 0.2) / 1e9,
  secretsManagerCall: 0.05 / 1e4,
  logByte: 0.5 / 1e9,
  secretMonth: 0.4,
  alarmMonth: 0.1,
  /** Billed by the hour in which it is sent. */
  metricMonth: 0.3,
  xrayTrace: 5 / 1e6,
  /** AWS's own key for DynamoDB: each use of it counts. */
  kmsCall: 0.03 / 1e4,
} as const;

/** From this memory on a function has one processor to itself (MB). Below it has its share of one. */
const MB_OF_A_PROCESSOR = 1769;
/** What a rotation is taken to wait for Adyen and AWS (ms), which nothing here can measure. */
export const WAITING_MS = 400;
/**
 * Units of writing, with the indexes, which the embedded DynamoDB does not count. The start: 1, and 6 in indexes. The
 * end: 2, since the record grows beyond 1 KB, and 5 in indexes, of which it leaves one and moves in two.
 */
const WRITE_UNITS = 14;
/** A record with its entries in the indexes (bytes). */
const RECORD_BYTES = 3_200;
/** A rotation's lines in CloudWatch: Keyturn's, the runtime's and the gateway's (bytes). */
const LOG_BYTES = 2_000;
/** As many as serverless.yml has. */
export const ALARMS = 10;
/** Rotations by outcome and level, and the latency of the upstream: where one outcome at one level happens. */
const METRICS = 2;
const HOURS_A_MONTH = 30 * 24;
/** The sweep comes once in five minutes. So long the stored credential is kept, and DynamoDB keeps the table's key. */
const FIVE_MINUTES_A_MONTH = HOURS_A_MONTH * 12;
/** The partitions that a sweep looks into, at half a unit each, and how long that takes (ms). */
const SWEEP = { units: 8 * 0.5, ms: 100 };

export type Speed = Readonly<{ cold: Cold; warm: Warm }>;
export type Line = Readonly<{ what: string; dollars: number }>;

/** How often longer a request takes for the same work than initialisation, which has a whole processor to itself. */
export function slowdown(memoryMb: number): number {
  return Math.max(1, MB_OF_A_PROCESSOR / memoryMb);
}

/** What Lambda bills for a rotation (ms, estimated): waiting, and the processor's time that was measured here. */
export function billedMs({ cold, warm }: Speed, memoryMb: number, isCold: boolean): number {
  return isCold
    ? cold.initCpuMs + WAITING_MS + cold.answerCpuMs * slowdown(memoryMb)
    : WAITING_MS + warm.cpuMs * slowdown(memoryMb);
}

export function lambdaDollars(ms: number, memoryMb: number): number {
  return PRICES.lambdaRequest + (ms / 1000) * (memoryMb / 1024) * PRICES.lambdaGbSecond;
}

/** What a month of so many rotations costs, line by line. Few of them meet a warm container. */
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
    // X-Ray takes the first request of a second and 5 % of the others: of a million a month, nearly all.
    { what: 'X-Ray, traces (live stage)', dollars: rotations * PRICES.xrayTrace },
    { what: 'Secrets Manager, one secret', dollars: PRICES.secretMonth },
    { what: `CloudWatch, ${ALARMS} alarms`, dollars: ALARMS * PRICES.alarmMonth },
    {
      what: `CloudWatch, ${METRICS} metrics`,
      dollars: METRICS * PRICES.metricMonth * Math.min(1, rotations / HOURS_A_MONTH),
    },
    { what: 'KMS, calls for the table', dollars: FIVE_MINUTES_A_MONTH * PRICES.kmsCall },
    { what: 'the sweep', dollars: FIVE_MINUTES_A_MONTH * sweep },
  ];
}
