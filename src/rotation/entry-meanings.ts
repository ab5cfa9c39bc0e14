import type { LIFECYCLE } from './lifecycle.ts';

export type EntryName = Extract<(typeof LIFECYCLE)[keyof typeof LIFECYCLE], { entry: string }>['entry'];

/** What each timeline entry means, for people. */
export const MEANINGS: Readonly<Record<EntryName, string>> = {
  started: 'the rotation is recorded; Adyen is being called',
  succeeded: 'Adyen has made a new key',
  failed: 'no key was made',
  unknown:
    'Adyen may have made a key that Keyturn did not receive; the rotation is retried after the quarantine',
  verified: 'the new key works',
  promoted: 'the new key is AWSCURRENT',
  superseded: 'a newer key has replaced this one',
  stalled: 'the new key does not work yet; the previous key is still current',
  displaced: 'the key no longer works; it is replaced',
  acknowledged: 'a consumer uses the key',
  'rolled-back': 'an operator went back to an earlier key; another one is made before that ends',
  healed: 'the key has replaced a dead one, and works',
};
