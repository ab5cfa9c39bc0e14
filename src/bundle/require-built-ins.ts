import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

/**
 * Makes an ES module bundle require Node's built-in modules, and read only the exports that it uses. An import reads every
 * export, and reading one export of node:http makes Node load its whole fetch at every cold start.
 */
export const requireBuiltIns: Plugin = {
  name: 'require-built-ins',
  setup(build) {
    build.onResolve({ filter: /^[a-z_:/0-9]+$/ }, ({ path, kind }) => {
      if (!isBuiltin(path)) return undefined;
      if (kind === 'require-call') return { path, external: true };
      return { path, namespace: kind === 'dynamic-import' ? 'late-built-in' : 'built-in' };
    });
    build.onLoad({ filter: /.*/, namespace: 'built-in' }, ({ path }) => ({ contents: moduleOf(path) }));
    // esbuild cannot know which exports are used.
    build.onLoad({ filter: /.*/, namespace: 'late-built-in' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)})`,
    }));
  },
};

/** Each export is a call without side effects: esbuild drops those that are not used. */
function moduleOf(builtIn: string): string {
  const names = Object.keys(process.getBuiltinModule(builtIn) ?? {}).filter((name) =>
    /^[A-Za-z]\w*$/.test(name),
  );
  return [
    `const builtIn = require(${JSON.stringify(builtIn)});`,
    'export default builtIn;',
    ...names.map((name) => `const export_${name} = /* @__PURE__ */ (() => builtIn.${name})();`),
    `export { ${names.map((name) => `export_${name} as ${name}`).join(', ')} };`,
  ].join('\n');
}
