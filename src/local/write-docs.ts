import { readFile, rm, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { runCommand } from '../cli/run-command.ts';
import { generatedFiles } from './docs/generated-files.ts';

const USAGE = `Usage: npm run docs

Writes what is generated from the code: the tables in the Markdown files and the JSON Schemas of the events.`;

async function write(): Promise<boolean> {
  for (const [path, content] of await generatedFiles()) {
    const existing = await readFile(path, 'utf8').catch(() => undefined);
    if (existing === content) continue;
    await (content === undefined ? rm(path) : writeFile(path, content));
    console.log(`${content === undefined ? 'deleted' : 'written'}: ${path}`);
  }
  return true;
}

await runCommand({ usage: USAGE, readArguments: () => parseArgs({ options: {} }), run: write });
