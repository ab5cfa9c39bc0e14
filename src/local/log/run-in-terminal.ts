import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { readableLine } from './readable-line.ts';

/**
 * Runs a Node program until it ends, and prints its log in a form for reading. A program of its own, because some of the
 * functions run in it, and they log to standard output as they do on AWS.
 *
 * @returns its exit code
 */
export async function runInTerminal(program: URL): Promise<number> {
  const child = spawn(process.execPath, [fileURLToPath(program)], {
    // It prints to a pipe, and would leave out the colours.
    env: { ...process.env, ...(process.stdout.hasColors?.() && { FORCE_COLOR: '1' }) },
    stdio: ['inherit', 'pipe', 'inherit'],
  });
  // Ctrl-C interrupts both processes. This one waits for the other.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill('SIGTERM'));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const shown = readableLine(line);
    if (shown !== undefined) process.stdout.write(`${shown}\n`);
  });
  await once(child, 'close');
  return child.exitCode ?? 1;
}
