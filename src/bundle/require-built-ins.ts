import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

/**
 * Has a bundle in ES format require Node's own modules instead of importing them. An import reads every export, and
 * one of node:http's has Node load its whole fetch, at every cold start.
 */
export const requireBuiltIns: Plugin = {
  name: 'require-built-ins',
  setup(build) {
    build.onResolve({ filter: /^[a-z_:/0-9]+$/ }, ({ path, kind }) => {
      if (!isBuiltin(path)) return undefined;
      return kind === 'require-call' ? { path, external: true } : { path, namespace: 'built-in' };
    });
    build.onLoad({ filter: /.*/, namespace: 'built-in' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)})`,
    }));
  },
};
