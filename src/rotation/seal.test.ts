import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aSucceeded } from '../../test/support/rotations.ts';
import type { SucceededRotation, TimelineEntry } from './rotation.ts';
import { append, isAsSealed, newestSeal, seal, sealsOf } from './seal.ts';

const { chain: _chain, ...closed } = aSucceeded();

describe('the seal of a closed rotation', () => {
  it('does not depend on the order of the fields', () => {
    const reversed = Object.fromEntries(Object.entries(closed).reverse());
    // The same fields in another order are the same rotation.
    expect(seal(reversed as typeof closed).chain).toBe(seal(closed).chain);
  });

  it('changes with every field', () => {
    const { chain } = seal(closed);
    for (const name of Object.keys(closed)) {
      expect(seal({ ...closed, [name]: 'edited' }).chain, name).not.toBe(chain);
    }
  });

  it('is valid for any text in the record', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, half) => {
        const sealed = seal({ ...closed, reason: `${text}\ud800${half}` });
        // The record as a table stores it, in UTF-8.
        expect(isAsSealed({ ...sealed, reason: sealed.reason.toWellFormed() })).toBe(true);
        return isAsSealed(sealed);
      }),
    );
  });

  it('changes with the seal of the previous rotation', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        const chains = [one, other].map((previousChain) => seal({ ...closed, previousChain }).chain);
        return (one === other) === (chains[0] === chains[1]);
      }),
    );
  });
});

describe('a closed rotation with added entries', () => {
  const ended: SucceededRotation = seal(closed);
  const verified = append(ended, { at: '2026-11-23T12:05:01.000Z', event: 'verified', detail: 'GET /me' });
  const promoted = append(verified, { at: '2026-11-23T12:05:02.000Z', event: 'promoted' });
  const added = append(promoted, { at: '2026-11-24T12:15:00.000Z', event: 'displaced' });

  const another = { at: '2026-11-23T12:05:02.000Z', event: 'superseded' };
  const newestOf = ({ timeline }: SucceededRotation) => timeline.slice(-1);

  /** The rotation with a changed timeline, and everything else unchanged. */
  const withTimeline = (change: (timeline: TimelineEntry[]) => TimelineEntry[]) => ({
    ...added,
    timeline: change(added.timeline),
  });
  const withEntry = (index: number, entry: object) =>
    withTimeline((timeline) => timeline.map((one, at) => (at === index ? { ...one, ...entry } : one)));

  it('keeps its content and its own seal unchanged', () => {
    const { timeline, ...rest } = ended;
    expect(added).toMatchObject(rest);
    expect(added.timeline.slice(0, timeline.length)).toEqual(timeline);
    expect(ended.timeline).toHaveLength(1);
  });

  it('has for each entry a seal that covers the previous seal', () => {
    const entry = { at: '2026-11-24T12:15:00.000Z', event: 'displaced' };
    const { chain } = seal({ ...entry, previousChain: newestSeal(promoted) });
    expect(added.timeline.at(-1)).toEqual({ ...entry, chain });
  });

  it('has one more seal for each entry, the newest at the end', () => {
    expect(sealsOf(ended)).toEqual([ended.chain]);
    expect(sealsOf(added)).toEqual([
      ended.chain,
      newestSeal(verified),
      newestSeal(promoted),
      newestSeal(added),
    ]);
    expect(new Set(sealsOf(added)).size).toBe(4);
  });

  it('has a different newest seal than another rotation with the same entry', () => {
    const entry = { at: '2026-11-23T12:05:01.000Z', event: 'verified' };
    const other: SucceededRotation = seal({ ...closed, reason: 'another' });
    expect(newestSeal(append(other, entry))).not.toBe(newestSeal(append(ended, entry)));
  });

  it.each([
    ['no entry', ended],
    ['one entry', verified],
    ['two entries', promoted],
    ['three entries', added],
  ])('matches its seals with %s', (_what, rotation) => {
    expect(isAsSealed(rotation)).toBe(true);
  });

  it('matches its seals, whatever is in the outbox', () => {
    const outbox = { event: 'ApiKeyDisplaced', dueAt: '2026-11-24T12:15:00.000Z' } as const;
    expect([isAsSealed({ ...ended, outbox }), isAsSealed({ ...added, outbox })]).toEqual([true, true]);
  });

  it.each([
    ['the reason of the rotation', { ...added, reason: 'another' }],
    ['the rotation’s own seal', { ...added, chain: newestSeal(promoted) }],
    ['an entry before the end', withEntry(0, { at: '2026-11-23T12:00:00.001Z' })],
    ['the detail of an entry', withEntry(1, { detail: 'another' })],
    ['an entry that had no detail', withEntry(2, { detail: 'another' })],
    ['the time of the newest entry', withEntry(3, { at: '2026-11-24T12:16:00.000Z' })],
    ['the event of the newest entry', withEntry(3, { event: 'superseded' })],
    ['the seal of an entry', withEntry(2, { chain: newestSeal(verified) })],
    ['the seal of the newest entry', withEntry(3, { chain: `sha256:${'0'.repeat(64)}` })],
  ])('does not match its seals after an edit of %s', (_where, edited) => {
    expect(isAsSealed(edited)).toBe(false);
  });

  it.each<[string, (timeline: TimelineEntry[]) => TimelineEntry[]]>([
    ['without its first entry', (timeline) => timeline.toSpliced(1, 1)],
    ['without an entry in the middle', (timeline) => timeline.toSpliced(2, 1)],
    [
      'with an extra entry in the middle',
      (timeline) => timeline.toSpliced(2, 0, ...newestOf(append(verified, another))),
    ],
    ['with an entry twice', (timeline) => [...timeline, ...timeline.slice(-1)]],
    [
      'with entries in another order',
      (timeline) => [...timeline.slice(0, 2), ...timeline.slice(2).reverse()],
    ],
    ['with an entry before the end', (timeline) => [...timeline.slice(-1), ...timeline.slice(0, -1)]],
    [
      'with an entry without a seal',
      (timeline) => [...timeline, { at: '2026-11-25T12:00:00.000Z', event: 'x' }],
    ],
    [
      'with entries whose seals were removed',
      (timeline) => timeline.map(({ chain: _seal, ...entry }) => entry),
    ],
  ])('does not match its seals %s', (_how, change) => {
    expect(isAsSealed(withTimeline(change))).toBe(false);
  });
});
