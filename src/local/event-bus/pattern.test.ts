import { describe, expect, it } from 'vitest';
import { matches, type Pattern, readPattern } from './pattern.ts';

const EVENT = {
  source: 'keyturn',
  'detail-type': 'ApiKeyRotated',
  resources: ['arn:one', 'arn:two'],
  detail: {
    number: 3,
    forced: false,
    reason: null,
    credential: { accountId: 'ACME_NL', level: 'merchants' },
    keys: [
      { id: 'a', works: true },
      { id: 'b', works: false },
    ],
  },
};

describe('a pattern', () => {
  it.each<[string, Pattern, boolean]>([
    ['a literal that is the value', { source: ['keyturn'] }, true],
    ['a literal that is not the value', { source: ['other'] }, false],
    ['several literals, one of which is the value', { source: ['other', 'keyturn'] }, true],
    ['two fields that both match', { source: ['keyturn'], 'detail-type': ['ApiKeyRotated'] }, true],
    [
      'two fields, one of which does not match',
      { source: ['keyturn'], 'detail-type': ['ApiKeyIssued'] },
      false,
    ],
    ['a number', { detail: { number: [3] } }, true],
    ['a number as a string', { detail: { number: ['3'] } }, false],
    ['false', { detail: { forced: [false] } }, true],
    ['null for a value that is null', { detail: { reason: [null] } }, true],
    ['null for an absent field', { detail: { nothing: [null] } }, false],
    ['an object in an object', { detail: { credential: { accountId: ['ACME_NL'] } } }, true],
    ['an object that is absent', { detail: { secret: { arn: ['x'] } } }, false],
    ['an object for a string', { source: { arn: ['x'] } }, false],
    ['a string for an object', { detail: ['keyturn'] }, false],
    ['an element of an array', { resources: ['arn:two'] }, true],
    ['a literal that is no element of an array', { resources: ['arn:three'] }, false],
    ['an object in an array', { detail: { keys: { id: ['b'], works: [false] } } }, true],
    [
      'fields that no single object of an array has together',
      { detail: { keys: { id: ['a'], works: [false] } } },
      false,
    ],
    ['a field that every JavaScript object inherits', { toString: [{ exists: true }] }, false],
    ['a prefix', { 'detail-type': [{ prefix: 'ApiKey' }] }, true],
    ['another prefix', { 'detail-type': [{ prefix: 'apikey' }] }, false],
    ['a prefix of a number', { detail: { number: [{ prefix: '3' }] } }, false],
    ['a suffix', { 'detail-type': [{ suffix: 'Rotated' }] }, true],
    ['another suffix', { 'detail-type': [{ suffix: 'Issued' }] }, false],
    ['a field that exists', { detail: { number: [{ exists: true }] } }, true],
    ['a field that exists and is null', { detail: { reason: [{ exists: true }] } }, true],
    ['a field that should not exist', { detail: { number: [{ exists: false }] } }, false],
    ['an absent field', { detail: { nothing: [{ exists: false }] } }, true],
    ['an absent field in an absent object', { detail: { secret: { arn: [{ exists: false }] } } }, true],
    ['an absent field that should exist', { detail: { nothing: [{ exists: true }] } }, false],
    ['exists for an object', { detail: { credential: [{ exists: true }] } }, false],
    ['a literal or absence, for an absent field', { detail: { nothing: ['x', { exists: false }] } }, true],
    ['anything but another literal', { source: [{ 'anything-but': 'other' }] }, true],
    ['anything but this literal', { source: [{ 'anything-but': 'keyturn' }] }, false],
    ['anything but two other literals', { source: [{ 'anything-but': ['one', 'two'] }] }, true],
    [
      'anything but two literals, one of which is the value',
      { source: [{ 'anything-but': ['one', 'keyturn'] }] },
      false,
    ],
    ['anything but another prefix', { source: [{ 'anything-but': { prefix: 'aws.' } }] }, true],
    ['anything but this prefix', { source: [{ 'anything-but': { prefix: 'key' } }] }, false],
    ['anything but a number', { detail: { number: [{ 'anything-but': 3 }] } }, false],
    [
      'anything but a literal, for an absent field',
      { detail: { nothing: [{ 'anything-but': 'x' }] } },
      false,
    ],
  ])('with %s', (_what, pattern, expected) => {
    expect(matches(readPattern(pattern), EVENT)).toBe(expected);
  });

  it.each<[string, unknown]>([
    ['numeric', { detail: { number: [{ numeric: ['>', 0] }] } }],
    ['wildcard', { source: [{ wildcard: '*' }] }],
    ['equals-ignore-case', { source: [{ 'equals-ignore-case': 'KEYTURN' }] }],
    ['cidr', { detail: { ip: [{ cidr: '10.0.0.0/24' }] } }],
    ['a prefix that ignores case', { source: [{ prefix: { 'equals-ignore-case': 'key' } }] }],
    ['anything-but with a suffix', { source: [{ 'anything-but': { suffix: 'x' } }] }],
    ['anything-but nothing', { source: [{ 'anything-but': [] }] }],
    ['$or', { $or: [{ source: ['a'] }, { source: ['b'] }] }],
    ['two operators in one', { source: [{ prefix: 'a', suffix: 'b' }] }],
    ['an operator without brackets', { source: { prefix: 'a' } }],
    ['a literal without brackets', { source: 'keyturn' }],
    ['an array in an array', { source: [['keyturn']] }],
    ['no matcher', { source: [] }],
    ['no fields', { detail: {} }],
    ['undefined', undefined],
    ['a list', [{ source: ['keyturn'] }]],
  ])('with %s is rejected', (_what, pattern) => {
    expect(() => readPattern(pattern)).toThrow('not an event pattern');
  });
});
