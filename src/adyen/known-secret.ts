import type { Secret } from '../secret.ts';

/** So many letters and digits of a secret in a row give it away: fewer tell nothing that helps to guess the rest. */
export const TELLING_LENGTH = 12;
/** What counts as a part of a secret if other texts have more of it: a whole text, or letters and digits in a row. */
const WHOLE_PART_LENGTH = 4;
const PART_LENGTH = 6;

/** A secret to look for in texts of which only the letters are left: see {@link lettersOf}. */
export type KnownSecret = Readonly<{
  /** Whether these letters give the secret away. */
  isIn(letters: string): boolean;
  /** Whether they would together with others. */
  hasPartIn(letters: string): boolean;
}>;

/** What is left of a text when it was wrapped, quoted, punctuated or written in another case. */
export function lettersOf(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
}

export function knownSecret(secret: Secret): KnownSecret {
  const letters = lettersOf(secret.reveal());
  const isRunIn = (text: string, length: number) => {
    if (length === 0) return false;
    for (let end = length; end <= text.length; end += 1) {
      if (letters.includes(text.slice(end - length, end))) return true;
    }
    return false;
  };
  return {
    isIn: (text) => isRunIn(text, Math.min(TELLING_LENGTH, letters.length)),
    hasPartIn: (text) =>
      isRunIn(text, PART_LENGTH) || (text.length >= WHOLE_PART_LENGTH && letters.includes(text)),
  };
}
