import { readFile, rm, writeFile } from 'node:fs/promises';
import { generatedFiles } from './docs/generated-files.ts';

// Writes what is generated from code: the tables in the Markdown files and the JSON Schemas of the events.
for (const [path, content] of await generatedFiles()) {
  const existing = await readFile(path, 'utf8').catch(() => undefined);
  if (existing === content) continue;
  await (content === undefined ? rm(path) : writeFile(path, content));
  console.log(`${content === undefined ? 'deleted' : 'written'}: ${path}`);
}
