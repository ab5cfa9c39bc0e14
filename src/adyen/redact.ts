import { KEY_OR_TOKEN, REDACTED, type Secret } from '../secret.ts';
import { type KnownSecret, knownSecret, lettersOf, TELLING_LENGTH } from './known-secret.ts';
import { spellingsOf } from './spellings.ts';

/** Any other long random text. */
const RANDOM_TEXT = /[\w+=-]{40,}/;
/** The beginning of an Adyen key once all white space is gone. The mix keeps apart words such as FAQ ENTRIES. */
const WRAPPED_KEY = /AQE(?=[!-~]{0,21}\d)(?=[!-~]{0,21}[a-z])(?=[!-~]{0,21}[A-Z])[!-~]{20}/;

/** A text, all that it may spell, and the letters of each spelling. */
type Read = Readonly<{ text: string; spellings: readonly string[]; letters: readonly string[] }>;

/**
 * Judges the texts of one response together, and returns what to show of each: the text, or `[redacted]` if it may give
 * away a secret. It looks for the given secrets in any spelling, whole or in part, and for anything that looks like a key
 * or a token. What is doubtful is dropped. If only the texts together give a secret away, all of them are dropped.
 *
 * @param sequences the same texts in each order in which the parts of a secret could be spread over them
 */
export function redaction(
  sequences: readonly (readonly string[])[],
  secrets: readonly Secret[],
): (text: string) => string {
  const known = secrets.map(knownSecret);
  const texts = [...new Set(sequences.flat())].filter((text) => text !== '').map(readText);
  const doubtful = new Set(
    [
      ...texts.filter((text) => givesAway(text, known) || looksLikeKey(text)),
      ...known.flatMap((secret) => partsTogether(texts, secret)),
    ].map(({ text }) => text),
  );
  const isSpread = sequences.some((sequence) => {
    const parts = sequence.filter((text) => text !== '' && !doubtful.has(text));
    // One text alone was judged above.
    if (parts.length < 2) return false;
    const joined = readText(parts.join(''));
    return givesAway(joined, known) || joined.spellings.some(holdsWrappedKey);
  });
  return (text) => ((isSpread && text !== '') || doubtful.has(text) ? REDACTED : text);
}

/** At most so many characters of a text, in well-formed Unicode. */
export function cut(text: string, maxLength: number): string {
  const bounded = text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
  // The cut may split a surrogate pair, and half of one cannot be sealed.
  return bounded.toWellFormed();
}

function readText(text: string): Read {
  const spellings = spellingsOf(text);
  return { text, spellings, letters: spellings.map(lettersOf) };
}

function givesAway({ letters }: Read, known: readonly KnownSecret[]): boolean {
  return letters.some((one) => known.some((secret) => secret.isIn(one)));
}

function looksLikeKey({ text, spellings }: Read): boolean {
  if (RANDOM_TEXT.test(text)) return true;
  return spellings.some((spelling) => KEY_OR_TOKEN.test(spelling) || holdsWrappedKey(spelling));
}

function holdsWrappedKey(text: string): boolean {
  return WRAPPED_KEY.test(text.replace(/\s/g, ''));
}

/** The texts that have parts of a secret, if they have enough of it together, in whatever order. */
function partsTogether(texts: readonly Read[], secret: KnownSecret): Read[] {
  if (texts.length < 2) return [];
  const parts = texts.filter(({ letters }) => letters.some(secret.hasPartIn));
  const length = parts.reduce((sum, { text }) => sum + text.length, 0);
  return parts.length > 1 && length >= TELLING_LENGTH ? parts : [];
}
