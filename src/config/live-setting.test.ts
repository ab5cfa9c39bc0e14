import * as v from 'valibot';
import { beforeEach, describe, expect, it } from 'vitest';
import { createLiveSetting, type LiveSetting } from './live-setting.ts';
import { settingOf } from './setting.ts';

const unavailable = { name: 'Unavailable', code: 'settings-unavailable' };
const reference = v.parse(settingOf(v.array(v.number('must hold numbers'))), 'appconfig:app/env/profile');
if (!('parse' in reference)) throw new Error('not a reference');
const { parse } = reference;

let time: number;
/** What AppConfig has now. */
let document: Uint8Array | Error;
let reads: number;
let badSettings: number;
let logged: string[];
let setting: LiveSetting<number[]>;

const deploy = (text: string) => {
  document = Buffer.from(text);
};
const keep = (level: string) => (message: string, fields: object) =>
  logged.push(`${level} ${message} ${JSON.stringify(fields)}`);

beforeEach(() => {
  time = 0;
  reads = 0;
  badSettings = 0;
  logged = [];
  deploy('[1]');
  setting = createLiveSetting({
    name: 'CALLER_GRANTS',
    async read() {
      reads += 1;
      if (document instanceof Error) throw document;
      return document;
    },
    parse,
    now: () => time,
    log: { info: keep('INFO'), error: keep('ERROR') },
    metrics: {
      countBadSetting() {
        badSettings += 1;
      },
    },
  });
});

/** The setting as an invocation finds it that begins at this time (s). */
async function at(seconds: number): Promise<number[]> {
  time = seconds * 1000;
  await setting.refresh();
  return setting.current();
}

describe('a setting in AppConfig', () => {
  it('is read at most once in 30 s', async () => {
    for (const seconds of [0, 1, 29]) expect(await at(seconds)).toEqual([1]);
    expect(reads).toBe(1);
    await at(30);
    expect(reads).toBe(2);
  });

  it('is in use within a minute after it was changed', async () => {
    await at(0);
    deploy('[2]');
    expect(await at(59)).toEqual([2]);
  });

  it('is read once for many invocations at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, () => at(0)));
    expect(reads).toBe(1);
  });

  it.each([
    ['that is no JSON', '[AQEsecret', 'must be JSON'],
    ['that is not valid', '["AQEsecret"]', 'must hold numbers'],
  ])(
    '%s is refused: the last good one stays, an alarm’s metric counts it, and nothing of it is quoted',
    async (_what, bad, faults) => {
      await at(0);
      deploy(bad);
      expect(await at(30)).toEqual([1]);
      expect(badSettings).toBe(1);
      expect(logged.at(-1)).toBe(
        `ERROR A setting cannot be used {"setting":"CALLER_GRANTS","faults":"${faults}","keepsLast":true}`,
      );
      expect(logged.join()).not.toContain('AQEsecret');
    },
  );

  it('that stays bad is counted at each reading, so that the alarm stays', async () => {
    await at(0);
    deploy('bad');
    for (const seconds of [30, 60, 90]) expect(await at(seconds)).toEqual([1]);
    expect(badSettings).toBe(3);
  });

  it('is in use again when it has been corrected', async () => {
    await at(0);
    deploy('bad');
    await at(30);
    deploy('[3]');
    expect(await at(60)).toEqual([3]);
    expect(badSettings).toBe(1);
  });

  it('stays as it was while AppConfig does not respond, and AppConfig is asked once in 30 s', async () => {
    await at(0);
    document = new Error('AppConfig: TimeoutError');
    for (const seconds of [30, 31, 59]) expect(await at(seconds)).toEqual([1]);
    expect([reads, badSettings]).toEqual([2, 1]);
  });

  it.each([
    ['cannot be read', new Error('AppConfig: ResourceNotFoundException')],
    ['is not valid', Buffer.from('{}')],
  ])('that %s, and never was good, grants nothing, and is tried again at once', async (_what, bad) => {
    document = bad;
    await expect(at(0)).rejects.toMatchObject(unavailable);
    await expect(at(1)).rejects.toMatchObject(unavailable);
    expect([reads, badSettings]).toEqual([2, 2]);
    deploy('[4]');
    expect(await at(2)).toEqual([4]);
  });
});
