import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ALARMS, billedMs, lambdaDollars, monthlyBill, type Speed, slowdown } from './price.ts';

const calls = { dynamoDb: 3, units: 4, secretsManager: 1, upstream: 1 };
const speed: Speed = {
  cold: { firstPollMs: 130, firstAnswerMs: 170, initCpuMs: 140, answerCpuMs: 30 },
  warm: {
    overheadP50: 5,
    overheadP99: 10,
    cpuMs: 6,
    coldCalls: calls,
    warmCalls: { ...calls, secretsManager: 0 },
    coldRss: 0,
    halfRss: 0,
    warmRss: 0,
  },
};

describe('the time that Lambda bills', () => {
  it('is that of the processor while it initialises, and more where the memory buys less of one', () => {
    expect(slowdown(1769 / 2)).toBe(2);
    expect(slowdown(4096)).toBe(1);
    expect(billedMs(speed, 1769 / 2, true)).toBe(140 + 400 + 2 * 30);
    expect(billedMs(speed, 1769 / 2, false)).toBe(400 + 2 * 6);
  });

  it('costs by memory and time, and by request', () => {
    expect(lambdaDollars(1_000, 1024)).toBeCloseTo(0.0000002 + 0.0000133334, 12);
    expect(lambdaDollars(2_000, 512)).toBeCloseTo(lambdaDollars(1_000, 1024), 12);
  });
});

describe('the bill of a month', () => {
  const line = (rotations: number, what: string) =>
    monthlyBill(rotations, speed, 512).find((one) => one.what.startsWith(what))?.dollars;

  it('is that of the list prices, for a thousand', () => {
    expect(line(1_000, 'API Gateway')).toBeCloseTo(0.001, 9);
    // One unit of reading, 14 of writing.
    expect(line(1_000, 'DynamoDB, requests')).toBeCloseTo(0.000125 + 14 * 0.000625, 9);
    expect(line(1_000, 'Secrets Manager, calls')).toBeCloseTo(0.005, 9);
    expect(line(1_000, 'CloudWatch, 2 metrics')).toBeCloseTo(0.6, 9);
  });

  it('has what is not free where nothing is rotated', () => {
    expect(line(1, 'CloudWatch, 2 metrics')).toBeLessThan(0.001);
    expect(line(1, 'CloudWatch, 10 alarms')).toBe(1);
    expect(line(1, 'the sweep')).toBeGreaterThan(0);
    expect(line(1, 'KMS')).toBeCloseTo(0.02592, 9);
  });

  it('counts a read of the stored credential in five minutes where all are warm', () => {
    expect(line(1_000_000, 'Secrets Manager, calls')).toBeCloseTo((8_640 * 0.05) / 1e4, 9);
  });

  it('knows of as many alarms as are deployed', async () => {
    const template = await readFile('serverless.yml', 'utf8');
    expect(template.match(/Type: AWS::CloudWatch::Alarm/g)).toHaveLength(ALARMS);
  });
});
