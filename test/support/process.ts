import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export type Run = Readonly<{ child: ChildProcess; output: () => string; ended: Promise<number | null> }>;

/** Starts a Node program of the repository, and collects what it prints. */
export function runNode(
  args: string[],
  environment: Record<string, string | undefined> = {},
  cwd = process.cwd(),
): Run {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
  }
  return { child, output: () => output, ended: once(child, 'close').then(() => child.exitCode) };
}
