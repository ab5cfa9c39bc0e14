import { type EntryName, MEANINGS } from '../rotation/entry-meanings.ts';
import type { Rotation, TimelineEntry } from '../rotation/rotation.ts';

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
