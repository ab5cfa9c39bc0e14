import { expect, it } from 'vitest';
import type { RotationDetail } from '../../../http/history/rotation-detail.ts';
import { drawRotation } from './draw-rotation.ts';
import { sentenceOf } from './drawing.ts';

const START = Date.parse('2026-11-25T06:00:00.000Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = START + 8 * HOUR;

const at = (ms: number) => new Date(START + ms).toISOString();
const entry = (event: string, ms: number) => ({ at: at(ms), event });

const COMMON = {
  id: 'rotation-7',
  number: 7,
  credential: { level: 'merchants', accountId: 'ACME_NL', apiCredentialId: 'S2-CHECKOUT' },
  requestedAt: at(0),
  requestedBy: { source: 'event', subject: 'com.acme.ops' },
  force: false,
  requestId: 'request',
} as const;

const SUCCEEDED = {
  ...COMMON,
  status: 'succeeded',
  completedAt: at(0),
  usableFrom: at(5 * MINUTE),
  previousKeyExpiresAt: at(24 * HOUR),
  keyFingerprint: 'sha256:0123456789abcdef',
  secret: { arn: 'arn', versionId: 'version', stage: 'AWSPENDING' },
  chain: 'sha256:00',
} as const;

/** What is drawn of the key itself: from when to when, in minutes. */
function drawn(rotation: RotationDetail, endsAt?: number) {
  const drawing = drawRotation(rotation, NOW, endsAt);
  const inMinutes = (ms: number) => (ms === Number.MAX_SAFE_INTEGER ? 'open' : (ms - START) / MINUTE);
  return {
    key: drawing.spans
      .filter(({ lane, from, to }) => lane === 'key' && to > from)
      .map(({ kind, from, to }) => [kind, inMinutes(from), inMinutes(to)]),
    other: drawing.spans
      .filter(({ lane }) => lane === 'other')
      .map(({ kind, from, to }) => [kind, inMinutes(from), inMinutes(to)]),
    marks: drawing.marks.map(({ kind, at }) => [kind, inMinutes(at)]),
    words: sentenceOf(drawing),
  };
}

it('a key that was promoted is in use from then on, and the previous one works for a day', () => {
  const timeline = [entry('started', 0), entry('verified', 6 * MINUTE), entry('promoted', 7 * MINUTE)];
  expect(drawn({ ...SUCCEEDED, timeline })).toEqual({
    key: [
      ['propagating', 0, 5],
      ['waiting', 5, 7],
      ['in-use', 7, 'open'],
    ],
    other: [['overlap', 0, 1440]],
    marks: [
      ['issued', 0],
      ['promoted', 7],
      ['ends', 1440],
    ],
    words:
      'A key was issued 8 h ago; usable after 5 min; promoted 2 min later; the previous key ends in 16 h.',
  });
});

it('a key that was not seen working in time is stalled until now', () => {
  const { key, marks, words } = drawn({ ...SUCCEEDED, timeline: [entry('stalled', 65 * MINUTE)] });
  expect(key).toEqual([
    ['propagating', 0, 5],
    ['stalled', 5, 480],
  ]);
  expect(marks).toContainEqual(['stalled', 65]);
  expect(words).toContain('not seen working in time');
});

it('a key that was found dead is drawn as dead until then', () => {
  const timeline = [entry('promoted', 5 * MINUTE), entry('displaced', 60 * MINUTE)];
  const { key, marks } = drawn({ ...SUCCEEDED, timeline });
  expect(key).toContainEqual(['dead', 5, 60]);
  expect(marks).toContainEqual(['dead', 60]);
});

it('a key that only its caller got is in use as soon as it can be, until a later rotation ends it', () => {
  const { secret: _secret, ...unmanaged } = SUCCEEDED;
  const { key, marks } = drawn({ ...unmanaged, delivery: 'unconfirmed', timeline: [] }, NOW);
  expect(key).toEqual([
    ['propagating', 0, 5],
    ['in-use', 5, 480],
  ]);
  expect(marks).not.toContainEqual(['promoted', 5]);
});

it('an unknown outcome has a quarantine and no key', () => {
  const quarantinedUntil = at(2 * MINUTE);
  expect(
    drawn({ ...COMMON, status: 'unknown', completedAt: at(0), quarantinedUntil, chain: 'c', timeline: [] }),
  ).toEqual({
    key: [],
    other: [['quarantine', 0, 2]],
    marks: [['unknown', 0]],
    words: 'Adyen may have made a key that Keyturn did not receive; quarantine of 2 min.',
  });
});
