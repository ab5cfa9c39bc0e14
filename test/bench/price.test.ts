import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ALARMS, billedMs, lambdaDollars, monthlyBill, type Speed, slowdown } from './price.ts';

const calls = { dynamoDb: 3, units: 4, secretsManager: 1, upstream: 1 };
const speed: Speed = {
  cold: { firstPollMs: 130, firstResponseMs: 170, initCpuMs: 140, responseCpuMs: 30 },
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
  it('is the processor time of the initialisation, and longer for a request if the memory buys a share of a processor', () => {
    expect(slowdown(1769 / 2)).toBe(2);
    expect(slowdown(4096)).toBe(1);
    expect(billedMs(speed, 1769 / 2, true)).toBe(140 + 400 + 2 * 30);
    expect(billedMs(speed, 1769 / 2, false)).toBe(400 + 2 * 6);
  });

  it('has a price by memory and time, and one for each request', () => {
    expect(lambdaDollars(1_000, 1024)).toBeCloseTo(0.0000002 + 0.0000133334, 12);
    expect(lambdaDollars(2_000, 512)).toBeCloseTo(lambdaDollars(1_000, 1024), 12);
  });
});

describe('the bill of a month', () => {
  const line = (rotations: number, what: string) =>
    monthlyBill(rotations, speed, 512).find((one) => one.what.startsWith(what))?.dollars;

  it('has the list prices for a thousand rotations', () => {
    expect(line(1_000, 'API Gateway')).toBeCloseTo(0.001, 9);
    // 1 read unit and 14 write units.
    expect(line(1_000, 'DynamoDB, requests')).toBeCloseTo(0.000125 + 14 * 0.000625, 9);
    expect(line(1_000, 'Secrets Manager, calls')).toBeCloseTo(0.005, 9);
    expect(line(1_000, 'CloudWatch, 3 metrics')).toBeCloseTo(0.9, 9);
  });

  it('has fixed prices even for one rotation', () => {
    expect(line(1, 'CloudWatch, 3 metrics')).toBeLessThan(0.002);
    expect(line(1, 'CloudWatch, alarms on 38 metrics')).toBeCloseTo(3.8, 9);
    expect(line(1, 'CloudWatch, the dashboard')).toBe(3);
    expect(line(1, 'CloudWatch, the hourly count')).toBeCloseTo(0.3, 9);
    expect(line(1, 'the sweep')).toBeGreaterThan(0);
    expect(line(1, 'KMS')).toBeCloseTo(0.02592, 9);
  });

  it('counts one read of the management credential every five minutes if all rotations are warm', () => {
    expect(line(1_000_000, 'Secrets Manager, calls')).toBeCloseTo((8_640 * 0.05) / 1e4, 9);
  });

  it('has as many alarms as are deployed', async () => {
    const template = await readFile('src/deployment/alarms.yml', 'utf8');
    const [alarms = [], sums = [], parts = []] = [
      /Type: AWS::CloudWatch::Alarm/g,
      /Expression: SUM/g,
      /MetricStat:/g,
    ].map((pattern) => template.match(pattern) ?? []);
    expect(alarms.length - sums.length + parts.length).toBe(ALARMS);
  });
});
