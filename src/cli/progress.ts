/** How often a line is printed (ms). A quick command prints none. */
const INTERVAL_MS = 2_000;

/** Prints the progress of a long command to standard error, at most once every two seconds. */
export function createProgress(): (text: string) => void {
  let lastPrintedAt = Date.now();
  return (text) => {
    if (Date.now() - lastPrintedAt < INTERVAL_MS) return;
    lastPrintedAt = Date.now();
    console.error(`… ${text}`);
  };
}
