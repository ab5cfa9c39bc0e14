import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Rows that are drawn above and below what can be seen: for scrolling, and so that the next link can get the focus. */
const MORE = 6;
/** Below this width a row is a card. The style sheet has the same number. */
const NARROW = '(max-width: 719px)';
const ROW_HEIGHT = 56;
const CARD_HEIGHT = 150;

export type VisibleRows = Readonly<{ first: number; last: number; rowHeight: number }>;

/** Where the list was left, for a person who comes back to it (px). */
let leftAt = 0;

/**
 * Which rows of a list can be seen, so that ten thousand of them cost as much as twenty. All have one height.
 *
 * @param list the element that holds all rows
 */
export function useVisibleRows(count: number): [VisibleRows, list: RefObject<HTMLDivElement | null>] {
  const list = useRef<HTMLDivElement>(null);
  const [rows, setRows] = useState<VisibleRows>({ first: 0, last: 30, rowHeight: ROW_HEIGHT });
  useLayoutEffect(() => {
    const narrow = matchMedia(NARROW);
    const measure = () => {
      leftAt = scrollY;
      const rowHeight = narrow.matches ? CARD_HEIGHT : ROW_HEIGHT;
      const above = -(list.current?.getBoundingClientRect().top ?? 0);
      const first = Math.max(0, Math.floor(above / rowHeight) - MORE);
      const last = Math.ceil((above + innerHeight) / rowHeight) + MORE;
      setRows((old) =>
        old.first === first && old.last === last && old.rowHeight === rowHeight
          ? old
          : { first, last, rowHeight },
      );
    };
    scrollTo(0, leftAt);
    measure();
    addEventListener('scroll', measure, { passive: true });
    addEventListener('resize', measure);
    return () => {
      removeEventListener('scroll', measure);
      removeEventListener('resize', measure);
    };
  }, []);
  return [{ ...rows, first: Math.min(rows.first, count), last: Math.min(rows.last, count) }, list];
}
