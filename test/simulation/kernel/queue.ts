/** What is to happen at a time. Of two things at the same time, the one that was added first comes first. */
export type Entry = Readonly<{ time: number; order: number; run: () => unknown }>;

/** A priority queue of entries: a binary heap. */
export type Queue = Readonly<{
  add(entry: Entry): void;
  /** Takes the earliest entry out, if it is not after `until`. */
  takeUntil(until: number): Entry | undefined;
}>;

export function createQueue(): Queue {
  const heap: Entry[] = [];

  return {
    add(entry) {
      heap.push(entry);
      moveUp(heap.length - 1, entry);
    },

    takeUntil(until) {
      const [first] = heap;
      if (!first || first.time > until) return undefined;
      const last = heap.pop();
      if (last && last !== first) moveDown(last);
      return first;
    },
  };

  function moveUp(from: number, entry: Entry): void {
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (!parent || isBefore(parent, entry)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = entry;
  }

  function moveDown(entry: Entry): void {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const childIndex = smaller(left, left + 1);
      const child = heap[childIndex];
      if (!child || isBefore(entry, child)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = entry;
  }

  function smaller(left: number, right: number): number {
    const [one, other] = [heap[left], heap[right]];
    return one && other && isBefore(other, one) ? right : left;
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.time < other.time || (one.time === other.time && one.order < other.order);
}
