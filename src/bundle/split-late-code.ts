import { basename, extname } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * Puts what a function imports only when it needs it into a file of its own, so that other cold starts do not read it. In
 * one file, such code would also delay how its dependencies are evaluated. The names begin with the function's and a
 * dot: the framework packs them with that function and no other.
 */
export const splitLateCode: Plugin = {
  name: 'split-late-code',
  setup({ initialOptions }) {
    const { entryPoints } = initialOptions;
    const [entry] = Array.isArray(entryPoints) ? entryPoints : [];
    if (typeof entry !== 'string') return;
    initialOptions.splitting = true;
    initialOptions.chunkNames = `${basename(entry, extname(entry))}.[name]-[hash]`;
  },
};
