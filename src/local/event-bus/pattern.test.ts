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
    ['a literal that is there', { source: ['keyturn'] }, true],
    ['a literal that is not', { source: ['other'] }, false],
    ['one of several alternatives', { source: ['other', 'keyturn'] }, true],
    ['fields that all match', { source: ['keyturn'], 'detail-type': ['ApiKeyRotated'] }, true],
    ['fields of which one does not', { source: ['keyturn'], 'detail-type': ['ApiKeyIssued'] }, false],
    ['a number', { detail: { number: [3] } }, true],
    ['a number given as text', { detail: { number: ['3'] } }, false],
    ['false', { detail: { forced: [false] } }, true],
    ['null where the value is null', { detail: { reason: [null] } }, true],
    ['null where the field is absent', { detail: { nothing: [null] } }, false],
    ['an object in an object', { detail: { credential: { accountId: ['ACME_NL'] } } }, true],
    ['an object that is absent', { detail: { secret: { arn: ['x'] } } }, false],
    ['an object where a text is', { source: { arn: ['x'] } }, false],
    ['a text where an object is', { detail: ['keyturn'] }, false],
    ['an element of an array', { resources: ['arn:two'] }, true],
    ['no element of an array', { resources: ['arn:three'] }, false],
    ['an object in an array', { detail: { keys: { id: ['b'], works: [false] } } }, true],
    ['two objects of an array together', { detail: { keys: { id: ['a'], works: [false] } } }, false],
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
    ['an object as if it were a value', { detail: { credential: [{ exists: true }] } }, false],
    ['a literal or absence', { detail: { nothing: ['x', { exists: false }] } }, true],
    ['anything but another literal', { source: [{ 'anything-but': 'other' }] }, true],
    ['anything but this literal', { source: [{ 'anything-but': 'keyturn' }] }, false],
    ['anything but some others', { source: [{ 'anything-but': ['one', 'two'] }] }, true],
    ['anything but some, this among them', { source: [{ 'anything-but': ['one', 'keyturn'] }] }, false],
    ['anything but another prefix', { source: [{ 'anything-but': { prefix: 'aws.' } }] }, true],
    ['anything but this prefix', { source: [{ 'anything-but': { prefix: 'key' } }] }, false],
    ['anything but a number', { detail: { number: [{ 'anything-but': 3 }] } }, false],
    ['anything but a literal, where nothing is', { detail: { nothing: [{ 'anything-but': 'x' }] } }, false],
  ])('with %s', (_what, pattern, matched) => {
    expect(matches(readPattern(pattern), EVENT)).toBe(matched);
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
    ['no alternatives', { source: [] }],
    ['no fields', { detail: {} }],
    ['nothing', undefined],
    ['a list', [{ source: ['keyturn'] }]],
  ])('with %s is refused', (_what, pattern) => {
    expect(() => readPattern(pattern)).toThrow('not an event pattern');
  });
});
