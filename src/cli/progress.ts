/** How often a line is printed (ms). A quick command prints none. */
const INTERVAL_MS = 2_000;
const BAR_WIDTH = 24;

/** Prints the progress of a long command to standard error, at most once every two seconds. */
export function createProgress(): (text: string) => void {
  let lastPrintedAt = Date.now();
  return (text) => {
    if (Date.now() - lastPrintedAt < INTERVAL_MS) return;
    lastPrintedAt = Date.now();
    console.error(`… ${text}`);
  };
}

/** Where a progress bar is drawn: a terminal, or a file that gets lines. */
type Screen = Pick<NodeJS.WriteStream, 'write'> & { isTTY?: boolean; columns?: number };

export type ProgressBar = Readonly<{
  show(done: number, total: number, text: string): void;
  /** Ends the line of the bar. */
  end(): void;
}>;

/** One line on a terminal that is drawn again and again. Where there is no terminal, a line every two seconds. */
export function createProgressBar(screen: Screen = process.stderr): ProgressBar {
  if (!screen.isTTY) {
    const progress = createProgress();
    return { show: (done, total, text) => progress(`${done} of ${total}: ${text}`), end() {} };
  }
  return {
    show(done, total, text) {
      const filled = total === 0 ? 0 : Math.floor((BAR_WIDTH * done) / total);
      const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
      // A longer line would wrap, and could not be drawn again.
      screen.write(`\r\x1b[K${`${bar} ${done}/${total}  ${text}`.slice(0, (screen.columns ?? 80) - 1)}`);
    },
    end: () => void screen.write('\n'),
  };
}
