import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { hashedName } from '../http/static/hashed-name.ts';
import { packSite } from '../http/static/pack-site.ts';

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** A page may be years old when it is opened again in a browser; the browsers of the last three years are enough. */
const TARGET = 'es2022';

/** The console's page, its script and its style, bundled, with a hash of the content in the names of the last two. */
async function bundle(): Promise<Record<string, string | Uint8Array>> {
  const { outputFiles } = await build({
    entryPoints: [pathOf('page/main.tsx'), pathOf('page/style.css')],
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: TARGET,
    outdir: '/',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
  });
  const files = outputFiles.map(({ path, contents }) => {
    const source = basename(path);
    return { source, name: hashedName(source, contents), contents };
  });
  const page = await readFile(pathOf('page/index.html'), 'utf8');
  const withNames = files.reduce((html, { source, name }) => html.replace(source, name), page);
  return { '': withNames, ...Object.fromEntries(files.map(({ name, contents }) => [name, contents])) };
}

/** Everything that the console's function serves, but the configuration. */
export const CONSOLE = packSite(await bundle());
