import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { anyFreePort } from './support/any-free-port.ts';
import { type Run, runNode } from './support/process.ts';

const execute = promisify(execFile);
const GENERATOR = 'test/typed-client/node_modules/openapi-typescript/bin/cli.js';
const GENERATOR_OPTIONS = ['--default-non-nullable', 'false'];
const COMPILER = 'node_modules/typescript/bin/tsc';
const COMPILER_OPTIONS =
  '--ignoreConfig --strict --target es2024 --module nodenext --types node --skipLibCheck'.split(' ');
/** How long to wait for a process on a busy machine (ms). */
const WAIT_MS = 120_000;
vi.setConfig({ testTimeout: WAIT_MS, hookTimeout: WAIT_MS });

describe('the typed client of the README', () => {
  let keyturn: Run;
  let folder: string;
  const ports: Record<string, string> = {};

  beforeAll(async () => {
    for (const name of ['PORT', 'OIDC_PORT', 'ADYEN_PORT', 'DYNAMODB_PORT', 'SECRETS_PORT', 'EVENTS_PORT']) {
      ports[name] = String(await anyFreePort());
    }
    keyturn = runNode(['src/local/start.ts'], ports);
    const isReady = () => expect(keyturn.output()).toContain('Ctrl-C stops everything.');
    await vi.waitFor(isReady, { timeout: WAIT_MS });
    // Inside the repository, so that its packages are found.
    folder = await mkdtemp('node_modules/.typed-client-');
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    const document = `http://localhost:${ports.PORT}/openapi.json`;
    await execute(process.execPath, [
      GENERATOR,
      document,
      ...GENERATOR_OPTIONS,
      '-o',
      join(folder, 'keyturn.d.ts'),
    ]);
  });
  afterAll(async () => {
    keyturn.child.kill('SIGTERM');
    await keyturn.ended;
    await rm(folder, { recursive: true });
  });

  /** Compiles a program beside the generated types. Throws an error with the compiler's output if a type is wrong. */
  async function compile(name: string, program: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(`${path}.ts`, program);
    await execute(process.execPath, [COMPILER, ...COMPILER_OPTIONS, `${path}.ts`]).catch(({ stdout }) => {
      throw new Error(stdout);
    });
    return `${path}.js`;
  }

  async function programOfReadme(): Promise<string> {
    const readme = await readFile('src/http/README.md', 'utf8');
    const [, program = ''] = /```ts\n(.*?)```/s.exec(readme) ?? [];
    return program;
  }

  it('is generated from /openapi.json, type-checks, and rotates a key', async () => {
    const program = await compile('rotate', await programOfReadme());
    const token = runNode(['src/local/token.ts'], ports);
    await token.ended;
    const run = runNode([program], {
      KEYTURN_URL: `http://localhost:${ports.PORT}`,
      KEYTURN_TOKEN: token.output().trim(),
    });
    expect(await run.ended, run.output()).toBe(0);
    expect(run.output()).toMatch(/^sha256:[0-9a-f]{16} \d{4}-.*Z$/m);
  });

  it('gets the problem as its error, with its code', async () => {
    const program = await compile('refused', await programOfReadme());
    const run = runNode([program], { KEYTURN_URL: `http://localhost:${ports.PORT}`, KEYTURN_TOKEN: 'none' });
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain('Error: unauthenticated: ');
  });

  it.each([
    ['a path that does not exist', '/generateApiKey', '/generateApiKeys'],
    ['a level that Adyen does not have', "'merchants'", "'stores'"],
    ['a reason that is no text', "'quarterly rotation'", '4'],
    ['a member that the response does not have', '.keyFingerprint', '.fingerprint'],
  ])('does not compile with %s', async (_what, right, wrong) => {
    const program = await programOfReadme();
    expect(program).toContain(right);
    await expect(compile('wrong', program.replace(right, wrong))).rejects.toThrow(/wrong\.ts.*error TS\d+/);
  });
});
