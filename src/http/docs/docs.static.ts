import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { openApiDocument } from '../openapi/document.ts';
import { packSite } from '../static/pack-site.ts';
import { splitPage } from './split-page.ts';

/** The most that Brotli has takes four seconds for a tenth less, whenever the functions are bundled. */
const BROTLI_QUALITY = 9;

/** The page that the Redocly CLI makes of the OpenAPI document, and Redoc, which comes with it. */
async function buildDocs(): Promise<[page: string, program: string]> {
  const cli = dirname(createRequire(import.meta.url).resolve('@redocly/cli/package.json'));
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-docs-'));
  try {
    const [input, output] = [join(folder, 'openapi.json'), join(folder, 'docs.html')];
    await writeFile(input, JSON.stringify(openApiDocument()));
    const args = [join(cli, 'bin/cli.js'), 'build-docs', input, '--output', output, '--title', 'Keyturn API'];
    const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
    await promisify(execFile)(process.execPath, args, { env });
    return [
      await readFile(output, 'utf8'),
      await readFile(join(cli, 'lib/chunks/redoc.standalone.js'), 'utf8'),
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The page of the API, made from the document that `/openapi.json` serves. */
export const DOCS = packSite(splitPage(...(await buildDocs())), BROTLI_QUALITY);
