const WIDTH = 40;
const BAR_EVERY_MS = 200;
const LINE_EVERY_MS = 15_000;

/** Shows how far a run is: a bar on a terminal, and now and then a line elsewhere. Writes to standard error. */
export function createProgress(total: number): Readonly<{ show(done: number): void; end(): void }> {
  const startedAt = Date.now();
  const isTerminal = process.stderr.isTTY === true;
  let shownAt = startedAt;

  return {
    show(done) {
      if (Date.now() - shownAt < (isTerminal ? BAR_EVERY_MS : LINE_EVERY_MS)) return;
      shownAt = Date.now();
      const share = Math.min(1, done / total);
      const seconds = Math.round((Date.now() - startedAt) / 1000);
      const text = `${done.toLocaleString('en')} of ${total.toLocaleString('en')} rotations, ${seconds} s`;
      const full = Math.round(share * WIDTH);
      if (isTerminal) process.stderr.write(`\r[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${text} `);
      else process.stderr.write(`${text}\n`);
    },
    end() {
      if (isTerminal) process.stderr.write(`\r${' '.repeat(WIDTH + 60)}\r`);
    },
  };
}
