/**
 * A stretch of time. `propagating`: issued and not usable yet · `waiting`: usable and not in use yet · `overlap`: the
 * previous key still works · `quarantine`: no rotation may start · `stalled` and `dead`: in place of `waiting` and `in-use`.
 */
export type SpanKind = 'propagating' | 'waiting' | 'in-use' | 'overlap' | 'quarantine' | 'stalled' | 'dead';

/** A point in time. */
export type MarkKind = 'issued' | 'promoted' | 'ends' | 'due' | 'dead' | 'stalled' | 'unknown' | 'failed';

/** The key that it is about is drawn above, everything else below. */
export type Lane = 'key' | 'other';
export type Span = Readonly<{ kind: SpanKind; lane: Lane; from: number; to: number }>;
export type Mark = Readonly<{ kind: MarkKind; lane: Lane; at: number }>;

/** A time line: what is drawn, and the same in words. */
export type Drawing = Readonly<{ spans: readonly Span[]; marks: readonly Mark[]; words: readonly string[] }>;

/** Later than any time line ends. */
export const OPEN_END = Number.MAX_SAFE_INTEGER;

export const NOTHING: Drawing = { spans: [], marks: [], words: [] };

/** A time of the API in ms. */
export const timeOf = (text: string | undefined) => (text === undefined ? undefined : Date.parse(text));

/** Several drawings as one. */
export function combine(...drawings: readonly Drawing[]): Drawing {
  return {
    spans: drawings.flatMap(({ spans }) => spans),
    marks: drawings.flatMap(({ marks }) => marks),
    words: drawings.flatMap(({ words }) => words),
  };
}

/** The words of a drawing as a sentence. */
export function sentenceOf({ words }: Drawing): string {
  const text = words.join('; ');
  return text === '' ? 'Nothing is known.' : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
