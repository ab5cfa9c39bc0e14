import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

/**
 * Makes an ES module bundle require Node's built-in modules instead of importing them. An import reads every export,
 * and reading one export of node:http makes Node load its whole fetch at every cold start.
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
