import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';

/**
 * Runs each module whose name ends in `.static.ts` when a function is bundled, and puts what it exports into the bundle, as
 * JSON, in place of its code: the files of a page, compressed. Unbundled, such a module does the same when it is loaded.
 */
export const evaluate: Plugin = {
  name: 'evaluate',
  setup(build) {
    build.onLoad({ filter: /\.static\.ts$/ }, async ({ path }) => {
      const exported: Record<string, unknown> = await import(pathToFileURL(path).href);
      const statements = Object.entries(exported).map(
        ([name, value]) => `export const ${name} = ${JSON.stringify(value)};`,
      );
      return { contents: statements.join('\n'), loader: 'js' };
    });
  },
};
