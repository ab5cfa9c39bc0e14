import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
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
    const [, name = '', extension = ''] = /([^/\\]+)\.(\w+)$/.exec(path) ?? [];
    const hash = createHash('sha256').update(contents).digest('hex').slice(0, 16);
    return { source: `${name}.${extension}`, name: `${name}-${hash}.${extension}`, contents };
  });
  const page = await readFile(pathOf('page/index.html'), 'utf8');
  const withNames = files.reduce((html, { source, name }) => html.replace(source, name), page);
  return { '': withNames, ...Object.fromEntries(files.map(({ name, contents }) => [name, contents])) };
}

/** Everything that the console's function serves, but the configuration. */
export const CONSOLE = packSite(await bundle());
