/** A small seeded generator of pseudo-random numbers: the same seed gives the same sequence on every machine. */
export type Random = Readonly<{
  /** At least 0, less than 1. */
  next(): number;
  chance(probability: number): boolean;
  /** At least `least`, less than `most`. */
  between(least: number, most: number): number;
  /** A whole number, both ends included. */
  whole(least: number, most: number): number;
  pick<T>(choices: readonly T[]): T;
  /** One of the names, by their weights. */
  weighted<Name extends string>(weights: Readonly<Partial<Record<Name, number>>>): Name;
  /** The time until the next of some independent events that come once in `mean` on average. */
  exponential(mean: number): number;
  /** In the form of a UUID. */
  uuid(): string;
  /** A generator of its own: what draws from it changes nothing for others. */
  fork(name: string): Random;
}>;

export function createRandom(seed: string): Random {
  const next = sfc32(seed);
  const between = (least: number, most: number) => least + next() * (most - least);
  const whole = (least: number, most: number) => Math.floor(between(least, most + 1));

  return {
    next,
    chance: (probability) => next() < probability,
    between,
    whole,
    pick<T>(choices: readonly T[]): T {
      if (choices.length === 0) throw new RangeError('nothing to pick from');
      // The index is within the list.
      return choices[whole(0, choices.length - 1)] as T;
    },
    weighted(weights) {
      // Object.entries forgets that the names are those of the type.
      const entries = Object.entries(weights) as [keyof typeof weights, number][];
      let rest = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [name, weight] of entries) {
        rest -= weight;
        if (rest < 0) return name;
      }
      throw new RangeError('no weight is above zero');
    },
    exponential: (mean) => -Math.log(1 - next()) * mean,
    uuid() {
      const hex = Array.from({ length: 4 }, () =>
        Math.floor(next() * 0x1_0000_0000)
          .toString(16)
          .padStart(8, '0'),
      ).join('');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
    },
    fork: (name) => createRandom(`${seed}/${name}`),
  };
}

/** Chris Doty-Humphrey's "small fast counting" generator with 32-bit words (PractRand). */
function sfc32(seed: string): () => number {
  let [a, b, c] = hash(seed);
  let counter = 1;
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 0x1_0000_0000;
  };
  // The first numbers still resemble the seed.
  for (let turn = 0; turn < 15; turn += 1) next();
  return next;
}

/** Three words from a text (FNV-1a with three offsets). */
function hash(text: string): [number, number, number] {
  const words: [number, number, number] = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b];
  for (const character of text) {
    for (const index of [0, 1, 2] as const) {
      words[index] = Math.imul(words[index] ^ (character.codePointAt(0) ?? 0), 0x01000193 + index * 2);
    }
  }
  return words;
}
