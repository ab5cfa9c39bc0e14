import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';

const FORM_DATA_OR_NONE = `typeof G.FormData !== 'undefined' ? G.FormData : undefined`;

/** What no function runs and every cold start would pay for: files of dependencies, and what the bundle has instead. */
const LEFT_OUT: Readonly<Record<string, (source: string) => string>> = {
  // Lambda puts the credentials of a function's role into its environment, and nowhere else.
  '@aws-sdk/credential-provider-node/dist-es/index.js': () =>
    `export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';`,
  // No forms are sent, and it brings a database of media types.
  'form-data/lib/form_data.js': () => 'module.exports = class FormData {};',
  // Only to ask whether something is a form, Node would load its fetch.
  'axios/lib/utils.js': (source) => replaceOnce(source, FORM_DATA_OR_NONE, 'undefined'),
  // axios takes its adapter for Node.
  'axios/lib/adapters/fetch.js': () => 'export const getFetch = () => undefined;',
  'axios/lib/adapters/xhr.js': () => 'export default false;',
};

/** Leaves out of a bundle what Keyturn does not use. It fails where a new version of a dependency is made otherwise. */
export const leaveOut: Plugin = {
  name: 'leave-out',
  setup(build) {
    for (const [file, change] of Object.entries(LEFT_OUT)) {
      const path = join('node_modules', file);
      if (!existsSync(path)) throw new Error(`${path}, which the bundles leave out, is not there`);
      build.onLoad({ filter: new RegExp(`node_modules/${file.replaceAll('.', '\\.')}$`) }, async (args) => ({
        contents: change(await readFile(args.path, 'utf8')),
      }));
    }
  },
};

function replaceOnce(source: string, text: string, replacement: string): string {
  if (source.split(text).length !== 2) throw new Error(`not found once: ${text}`);
  return source.replace(text, replacement);
}
