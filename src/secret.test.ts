import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from './secret.ts';

const plain = 'AQEyhmfxK4-a-known-key';
const secret = new Secret(plain);

describe('a secret', () => {
  it('returns its value only when it is revealed', () => {
    expect(secret.reveal()).toBe(plain);
  });

  it.each([
    ['string concatenation', () => 'key: '.concat(String(secret), `${secret}`)],
    ['String()', () => String(secret)],
    ['JSON', () => JSON.stringify({ nested: [{ secret }] })],
    ['util.inspect', () => inspect({ nested: { secret } }, { depth: null, showHidden: true })],
    ['an error message', () => inspect(new Error(`failed with ${secret}`, { cause: secret }))],
    [
      'its own properties',
      () => JSON.stringify(Reflect.ownKeys(secret).map((key) => Reflect.get(secret, key))),
    ],
    ['a structured clone', () => inspect(structuredClone({ secret }), { depth: null })],
  ])('does not appear in %s', (_where, print) => {
    expect(print()).not.toContain(plain);
  });

  it('prints as [redacted]', () => {
    expect([`${secret}`, JSON.stringify(secret), inspect(secret)]).toEqual([
      '[redacted]',
      '"[redacted]"',
      '[redacted]',
    ]);
  });
});
