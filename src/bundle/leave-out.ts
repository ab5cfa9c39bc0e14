import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';

/** Files of dependencies, by path below node_modules, and how their source is changed for the bundle. */
type Changes = Readonly<Record<string, (source: string) => string>>;

const IMPORT_EVENT_STREAMS = `await import("@smithy/core/event-streams")`;
const IMPORT_HTTP2 = `import http2 from 'http2';`;
const FORM_DATA_OR_NONE = `typeof G.FormData !== 'undefined' ? G.FormData : undefined`;

/** Leaves out code that no function runs but that every cold start would have to load. */
export const leaveOut = plugin('leave-out', {
  // Keyturn sends no forms, and form-data brings a database of media types.
  'form-data/lib/form_data.js': replaceAll(
    'module.exports = FormData',
    'module.exports = class FormData {};',
  ),
  // Reading the global FormData makes Node load its whole fetch.
  'axios/lib/utils.js': (source) => replaceOnce(source, FORM_DATA_OR_NONE, 'undefined'),
  // On Node, axios uses its http adapter.
  'axios/lib/adapters/fetch.js': replaceAll(
    'export const getFetch',
    'export const getFetch = () => undefined;',
  ),
  'axios/lib/adapters/xhr.js': replaceAll('export default', 'export default false;'),
  // Keyturn speaks HTTP/1.1, and Node needs some milliseconds to load the other one.
  'axios/lib/adapters/http.js': (source) => replaceOnce(source, IMPORT_HTTP2, ''),
  'axios/lib/helpers/Http2Sessions.js': replaceAll(
    'class Http2Sessions',
    'export default class Http2Sessions {}',
  ),
  // Keyturn lets axios follow no redirect and use no proxy.
  'follow-redirects/index.js': replaceAll('module.exports = wrap', 'module.exports = {};'),
  'https-proxy-agent/dist/index.js': replaceAll(
    'module.exports = createHttpsProxyAgent',
    `module.exports = class HttpsProxyAgent { constructor() { throw new Error('left out of the bundle'); } };`,
  ),
  // No call of Keyturn's has an event stream.
  '@smithy/core/dist-es/submodules/protocols/HttpProtocol.js': (source) =>
    replaceOnce(source, IMPORT_EVENT_STREAMS, '{}'),
  // Reading the global ReadableStream makes Node load its web streams. On Node, bodies are streams of Node.
  '@smithy/core/dist-es/submodules/serde/util-stream/stream-type-check.js': (source) =>
    replaceOnce(source, 'typeof ReadableStream === "function"', 'false'),
  '@smithy/core/dist-es/submodules/retry/middleware-retry/isStreamingPayload/isStreamingPayload.js': (
    source,
  ) => replaceOnce(source, 'typeof ReadableStream !== "undefined"', 'false'),
  // For browsers: it brings a database of them.
  '@aws-sdk/core/dist-es/submodules/client/util-user-agent-browser/createUserAgentStringParsingProvider.js':
    replaceAll(
      'export const createUserAgentStringParsingProvider',
      'export const createUserAgentStringParsingProvider = undefined;',
    ),
});

/** Leaves out the AWS SDK's credential providers for other machines: on Lambda, credentials are in the environment. */
export const leaveOutOtherCredentials = plugin('leave-out-other-credentials', {
  '@aws-sdk/credential-provider-node/dist-es/index.js': replaceAll(
    'defaultProvider',
    `export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';`,
  ),
});

/** A plugin that changes files of dependencies. It throws an error if a new version no longer has the expected code. */
function plugin(name: string, changes: Changes): Plugin {
  return {
    name,
    setup(build) {
      for (const [file, change] of Object.entries(changes)) {
        const path = join('node_modules', file);
        if (!existsSync(path))
          throw new Error(`${path} is missing; src/bundle/leave-out.ts must change with it`);
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

/** Replaces a text that must occur exactly once. */
function replaceOnce(source: string, text: string, replacement: string): string {
  if (source.split(text).length !== 2) throw new Error(`expected exactly once in a dependency: ${text}`);
  return source.replace(text, replacement);
}

/** Replaces the whole source, which must contain the expected text. */
function replaceAll(expected: string, contents: string): (source: string) => string {
  return (source) => {
    if (!source.includes(expected)) throw new Error(`expected in a dependency: ${expected}`);
    return contents;
  };
}
