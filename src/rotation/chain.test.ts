import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aSucceeded } from '../../test/support/rotations.ts';
import { seal } from './chain.ts';

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

  it('changes with the seal of the rotation before', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        const chains = [one, other].map((previousChain) => seal({ ...closed, previousChain }).chain);
        return (one === other) === (chains[0] === chains[1]);
      }),
    );
  });
});
