import { parseArgs } from 'node:util';
import { runCommand } from '../cli/run-command.ts';
import { runInTerminal } from './log/run-in-terminal.ts';
import { SERVICE_PORTS } from './service-ports.ts';

const USAGE = `Usage: npm start

Runs Keyturn and all that it needs on this machine, prints where everything is, and stops on Ctrl-C.
A setting of the functions in the environment replaces the local service that it stands for.
The log is for reading in a terminal. Elsewhere it is JSON, one object a line, as on AWS.

${Object.entries(SERVICE_PORTS)
  .map(
    ([variable, { service, defaultPort }]) =>
      `  ${variable.padEnd(14)} the port of ${service} (${defaultPort})`,
  )
  .join('\n')}`;

async function start(): Promise<boolean> {
  if (process.stdout.isTTY) process.exit(await runInTerminal(new URL('run.ts', import.meta.url)));
  await import('./run.ts');
  return true;
}

await runCommand({ usage: USAGE, readArguments: () => parseArgs({ options: {} }), run: start });
