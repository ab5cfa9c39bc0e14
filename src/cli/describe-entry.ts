import type { LIFECYCLE } from '../rotation/lifecycle.ts';
import type { Rotation, TimelineEntry } from '../rotation/rotation.ts';

type EntryName = Extract<(typeof LIFECYCLE)[keyof typeof LIFECYCLE], { entry: string }>['entry'];

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

/** A timeline entry in words, and a second line if there is more to say. */
export function describeEntry(
  { event, detail }: TimelineEntry,
  rotation: Rotation,
): [text: string, more: string | undefined] {
  const meaning = isEntryName(event) ? MEANINGS[event] : '';
  return [`${meaning}${detail === undefined ? '' : ` (${detail})`}`, moreAbout(event, rotation)];
}

function moreAbout(event: string, rotation: Rotation): string | undefined {
  if (event === 'started') return `rotation ${rotation.id}, the credential's number ${rotation.number}`;
  if (rotation.status !== 'succeeded' || !rotation.key) return undefined;
  const { fingerprint, usableFrom, previousKeyExpiresAt } = rotation.key;
  if (event === 'succeeded') return `${fingerprint}; usable from about ${usableFrom}`;
  if (event === 'promoted') return `the previous key works until ${previousKeyExpiresAt}`;
  return undefined;
}

function isEntryName(event: string): event is EntryName {
  return Object.hasOwn(MEANINGS, event);
}
