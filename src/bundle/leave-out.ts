import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';

/** Files of dependencies, and what a bundle has instead, made from what is there. */
type Changes = Readonly<Record<string, (source: string) => string>>;

const FORM_DATA_OR_NONE = `typeof G.FormData !== 'undefined' ? G.FormData : undefined`;

/** Leaves out what no function runs and every cold start would pay for. */
export const leaveOut = plugin('leave-out', {
  // No forms are sent, and it brings a database of media types.
  'form-data/lib/form_data.js': instead('module.exports = FormData', 'module.exports = class FormData {};'),
  // Only to ask whether something is a form, Node would load its fetch.
  'axios/lib/utils.js': (source) => replaceOnce(source, FORM_DATA_OR_NONE, 'undefined'),
  // axios takes its adapter for Node.
  'axios/lib/adapters/fetch.js': instead('export const getFetch', 'export const getFetch = () => undefined;'),
  'axios/lib/adapters/xhr.js': instead('export default', 'export default false;'),
});

/** Leaves out where the AWS SDK finds credentials on other machines: Lambda has them in its environment only. */
export const leaveOutOtherCredentials = plugin('leave-out-other-credentials', {
  '@aws-sdk/credential-provider-node/dist-es/index.js': instead(
    'defaultProvider',
    `export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';`,
  ),
});

/** It fails where a new version of a dependency is made otherwise. */
function plugin(name: string, changes: Changes): Plugin {
  return {
    name,
    setup(build) {
      for (const [file, change] of Object.entries(changes)) {
        const path = join('node_modules', file);
        if (!existsSync(path)) throw new Error(`${path}, which the bundles leave out, is not there`);
        build.onLoad(
          { filter: new RegExp(`node_modules/${file.replaceAll('.', '\\.')}$`) },
          async (args) => ({
            contents: change(await readFile(args.path, 'utf8')),
          }),
        );
      }
    },
  };
}

function replaceOnce(source: string, text: string, replacement: string): string {
  if (source.split(text).length !== 2) throw new Error(`not found once: ${text}`);
  return source.replace(text, replacement);
}

function instead(mark: string, contents: string): (source: string) => string {
  return (source) => {
    if (!source.includes(mark)) throw new Error(`not found: ${mark}`);
    return contents;
  };
}
