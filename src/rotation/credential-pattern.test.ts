import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCredentialPattern } from './credential-pattern.ts';

const matches = (segment: string, text: string) =>
  parseCredentialPattern(`merchants/${segment}/apiCredentials/x`).accountId.matches(text);

describe('a segment of a pattern', () => {
  it.each([
    ['*', '', true],
    ['a*', 'a', true],
    ['*a*', 'bab', true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['ab*ba', 'aba', false],
    ['*ab*ab', 'ab', false],
    ['*ab*ab', 'abab', true],
    ['a**b', 'ab', true],
    ['a*b*c', 'a-c-b-c', true],
    ['a*b*c', 'a-c', false],
  ])('%s matches %s: %s', (segment, text, expected) => {
    expect(matches(segment, text)).toBe(expected);
  });

  it('matches the same texts as the regular expression with the same meaning', () => {
    const segment = fc.stringMatching(/^[ab.*]{1,8}$/);
    const text = fc.stringMatching(/^[ab.]{0,12}$/);
    fc.assert(
      fc.property(segment, text, (pattern, candidate) => {
        const meaning = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
        expect(matches(pattern, candidate)).toBe(meaning.test(candidate));
      }),
      { numRuns: 5_000 },
    );
  });

  it('with any number of stars takes no longer for a text that almost matches', () => {
    const nearly = `${'a'.repeat(127)}b`;
    const startedAt = performance.now();
    for (let turn = 0; turn < 1_000; turn += 1) expect(matches(`${'*a'.repeat(63)}*`, nearly)).toBe(true);
    for (let turn = 0; turn < 1_000; turn += 1) expect(matches('*a'.repeat(64), nearly)).toBe(false);
    // A backtracking match of one of them would outlast the universe.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});
