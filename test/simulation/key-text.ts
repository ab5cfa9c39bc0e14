import type { Facts } from './facts.ts';

/** Every simulated key holds this, so that it is found in any text. */
const MARK = 'AQEsimulated';

/** The text of a simulated key. */
export function keyText(uuid: string): string {
  return `${MARK}${uuid.replaceAll('-', '')}`;
}

/** The mark in base64 (which depends on what is before it, so three times) and in hex, without the parts at its ends. */
const SPELLINGS = [
  MARK,
  ...[0, 1, 2].map((offset) =>
    Buffer.from(`${'x'.repeat(offset)}${MARK}`)
      .toString('base64')
      .slice(offset === 0 ? 0 : 4, 12),
  ),
  Buffer.from(MARK).toString('hex'),
  [...MARK].reverse().join(''),
];

/** Where a text holds a key, in one of the usual spellings. */
function findKey(text: string): string | undefined {
  const found = SPELLINGS.find((spelling) => text.includes(spelling));
  if (found === undefined) return undefined;
  const index = text.indexOf(found);
  return text.slice(Math.max(0, index - 20), index + 60);
}

/** Notes a key that is in a text where none may be. */
export function noteLeak(facts: Facts, at: number, where: string, text: string): void {
  const key = findKey(text);
  if (key !== undefined) facts.leaks.push({ at, where, key });
}

/** A value as text, errors and their causes included: what a log line would show of it at most. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    member instanceof Error
      ? { ...member, name: member.name, message: member.message, cause: member.cause }
      : member,
  );
}
