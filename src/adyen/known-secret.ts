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
  const holdsRun = (length: number) => {
    const runs = new Set(runsOf(letters, length));
    return (text: string) => runsOf(text, length).some((run) => runs.has(run));
  };
  const holdsPart = holdsRun(PART_LENGTH);
  return {
    isIn: holdsRun(Math.min(TELLING_LENGTH, letters.length)),
    hasPartIn: (text) => holdsPart(text) || (text.length >= WHOLE_PART_LENGTH && letters.includes(text)),
  };
}

/** All parts of a text that have this length. */
function runsOf(text: string, length: number): string[] {
  if (length === 0) return [];
  return Array.from({ length: Math.max(0, text.length - length + 1) }, (_, at) =>
    text.slice(at, at + length),
  );
}
