// The rooms of the house, and what each may import: `npm run check` proves it. A type-only import counts as an import.

const TESTS = '\\.test\\.ts$';
const ADAPTERS = 'adyen|app-config|cloudwatch|durable-functions|dynamodb|event-bus|secrets-manager';
/** npm packages and built-in modules without effects: a schema, a canonical form, a hash, an inspection. */
const PURE_PACKAGES = '(^|/)node_modules/(valibot|canonicalize)/|^(crypto|util)$';
/** Loaded by Node before a command. */
const PRELOADED = '^src/local/require-node\\.mjs$';
/** What a command line, Lambda or esbuild loads. Everything else must be imported from there. */
const ENTRY_POINTS = [
  '^src/handlers/',
  '^src/cli/(audit-verify|rotate|smoke)\\.ts$',
  '^src/local/(start|run|token|print-openapi|write-docs)\\.ts$',
  // What src/bundle/wrap-handlers.ts puts around every local handler.
  '^src/local/with-request-id\\.ts$',
  '^src/bundle/plugins\\.ts$',
  '^src/deployment/plugin\\.ts$',
  // Examples for other apps, which copy them.
  '^src/consumers/',
  PRELOADED,
];

/** A rule for all code of a room. Its tests may import more. */
const room = (name, path, comment, to) => ({
  name,
  comment,
  severity: 'error',
  from: { path, pathNot: TESTS },
  to,
});

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    room(
      'domain',
      '^src/rotation/',
      'The domain (src/rotation) imports only itself, src/secret.ts, valibot, canonicalize, node:crypto and node:util.',
      { pathNot: ['^src/rotation/', '^src/secret\\.ts$', PURE_PACKAGES] },
    ),
    room(
      'workflow',
      '^src/workflow/',
      'The workflow imports only itself, the domain, src/secret.ts and packages without effects.',
      { pathNot: ['^src/(workflow|rotation)/', '^src/secret\\.ts$', PURE_PACKAGES] },
    ),
    room(
      'secret-rotation',
      '^src/secret-rotation/',
      'The rotation by Secrets Manager imports only itself, the domain, src/secret.ts and packages without effects.',
      { pathNot: ['^src/(secret-rotation|rotation)/', '^src/secret\\.ts$', PURE_PACKAGES] },
    ),
    room(
      'adapter',
      `^src/(${ADAPTERS})/`,
      'An adapter imports only itself, the domain and src/secret.ts, and never another adapter.',
      { path: '^src/', pathNot: ['^src/$1/', '^src/(rotation|workflow)/', '^src/secret\\.ts$'] },
    ),
    room(
      'adapter-of-workflow',
      '^src/(adyen|app-config|cloudwatch|dynamodb|secrets-manager)/',
      'Only the adapters durable-functions and event-bus know the workflow: its port Durable and its input.',
      { path: '^src/workflow/' },
    ),
    room(
      'http',
      '^src/http/',
      'HTTP imports only itself, the domain, the configuration, src/secret.ts and src/version.ts, and no adapter.',
      { path: '^src/', pathNot: ['^src/(http|rotation|config)/', '^src/(secret|version)\\.ts$'] },
    ),
    room('console', '^src/console/', 'The console imports only itself and the packing of sites.', {
      path: '^src/',
      pathNot: ['^src/console/', '^src/http/static/'],
    }),
    room('config', '^src/config/', 'The configuration imports only itself and the domain.', {
      path: '^src/',
      pathNot: '^src/(config|rotation)/',
    }),
    room(
      'wiring',
      '^src/wiring/',
      'The wiring connects the domain to adapters and does not know handlers, HTTP, commands or local services.',
      { path: '^src/(handlers|http|cli|local|bundle)/' },
    ),
    room(
      'handler',
      '^src/handlers/',
      'A handler is deployed: it imports no other handler, no command, no local service and no bundler plugin.',
      { path: '^src/(handlers|cli|local|bundle)/' },
    ),
    room(
      'leaf',
      '^src/(secret|version)\\.ts$',
      'src/secret.ts and src/version.ts import nothing else from src.',
      { path: '^src/' },
    ),
    room(
      'deployment',
      '^src/deployment/',
      'The plugin of the framework imports only itself, the configuration and the domain.',
      { path: '^src/', pathNot: '^src/(deployment|config|rotation)/' },
    ),
    room(
      'consumers',
      '^src/consumers/',
      'An example for an app imports nothing else from src: the app copies it.',
      {
        path: '^src/',
        pathNot: '^src/consumers/',
      },
    ),
    {
      name: 'consumers-are-copied',
      comment: 'Nothing in Keyturn uses the examples for other apps.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/consumers/', TESTS] },
      to: { path: '^src/consumers/' },
    },
    room('bundle', '^src/bundle/', 'The bundler plugins import nothing else from src.', {
      path: '^src/',
      pathNot: '^src/bundle/',
    }),
    {
      name: 'local',
      comment: 'Only commands and tests use the local services, so that nothing from src/local is deployed.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(local|cli)/', TESTS] },
      to: { path: '^src/local/' },
    },
    {
      name: 'no-test-code-in-src',
      comment: 'Code does not import tests or their helpers.',
      severity: 'error',
      from: { path: '^src/', pathNot: TESTS },
      to: { path: ['^test/', TESTS] },
    },
    {
      name: 'test-helpers',
      comment: 'A test beside its code imports helpers only from test/support.',
      severity: 'error',
      from: { path: `^src/.*${TESTS}` },
      to: { path: '^test/', pathNot: '^test/support/' },
    },
    {
      name: 'no-cycle',
      comment: 'Modules do not import each other in a circle, not even for types.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphan',
      comment: 'A module that imports nothing is imported by another one.',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.d\\.ts$', PRELOADED] },
      to: {},
    },
    {
      name: 'no-dead-module',
      comment:
        'Every module is reached from a handler, a command or the bundler: nothing lives for its tests only.',
      severity: 'error',
      from: { path: ENTRY_POINTS },
      to: { path: '^src/', pathNot: [...ENTRY_POINTS, TESTS, '\\.d\\.ts$'], reachable: false },
    },
    {
      name: 'declared-package',
      comment: 'An import can be resolved, and its package is in package.json.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
  ],
  options: {
    // TypeScript 7 has no JavaScript API that dependency-cruiser could use. swc sees type-only imports too.
    parser: 'swc',
    doNotFollow: { path: '(^|/)node_modules/' },
    // swc's visitor does not know `await using`, and its parser is not told of JSX. A page that imports a module of Node, or
    // code that does, cannot be bundled.
    exclude: '^(test/bench|src/console/page)/',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
