import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { captureOutput } from '../../../test/support/output.ts';
import { runInTerminal } from './run-in-terminal.ts';

it('in a terminal, npm start prints its log for reading and ends with the code of its program', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-'));
  const file = join(folder, 'program.mjs');
  const entry = { level: 'INFO', message: 'sweep', timestamp: '2026-11-25T22:59:32.699Z', swept: 2 };
  await writeFile(file, `console.log(${JSON.stringify(JSON.stringify(entry))}); process.exitCode = 3;`);
  const output = captureOutput();
  const code = await runInTerminal(pathToFileURL(file)).finally(() => output.release());
  await rm(folder, { recursive: true });
  expect(code).toBe(3);
  expect(output.output()).toMatch(/^\d\d:\d\d:\d\d {2}INFO {3}sweep {2}swept=2\n$/);
});
