import { basename } from 'node:path';
import type { Plugin } from 'esbuild';

/** Marks the import of a handler that is not to be wrapped again. */
const WRAPPED = '?wrapped';

/** For `npm start`: gives every handler what the local gateway leaves out. See src/local/with-request-id.ts. */
export const wrapHandlers: Plugin = {
  name: 'wrap-handlers',
  setup(build) {
    build.onResolve({ filter: /\?wrapped$/ }, ({ path, resolveDir }) => ({
      path: `${resolveDir}/${path.slice(0, -WRAPPED.length)}`,
      suffix: WRAPPED,
    }));
    build.onLoad({ filter: /[\\/]src[\\/]handlers[\\/][\w-]+\.ts$/ }, ({ path, suffix }) => {
      if (suffix === WRAPPED) return undefined;
      return {
        contents: [
          `import { handler as deployed } from './${basename(path)}${WRAPPED}';`,
          `import { withRequestId } from '../local/with-request-id.ts';`,
          'export const handler = withRequestId(deployed);',
        ].join('\n'),
        loader: 'ts',
      };
    });
  },
};
