import { cp, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { unzipSync } from 'fflate';
import * as v from 'valibot';
import { runNode } from './process.ts';

/** For a hook that packages: each packaging takes some seconds of a processor that other tests use too. */
export const PACKAGING_TIMEOUT_MS = 300_000;

/** The settings that every deployment needs. */
export const DEPLOYMENT_SETTINGS = {
  MANAGEMENT_CREDENTIAL_SECRET_ID: 'keyturn/management-credential',
  OIDC_ISSUER: 'https://issuer.example.com/',
  OIDC_AUDIENCE: 'keyturn',
  CALLER_GRANTS: '{\n  "client:app": ["merchants/ACME_*/apiCredentials/*"]\n}',
};

const record = v.record(v.string(), v.unknown());

const StatementSchema = v.object({
  Effect: v.string(),
  Action: v.union([v.string(), v.array(v.string())]),
  Resource: v.optional(v.unknown()),
  Condition: v.optional(v.unknown()),
});

export const PolicySchema = v.object({ PolicyDocument: v.object({ Statement: v.array(StatementSchema) }) });

const TemplateSchema = v.object({
  Parameters: v.record(v.string(), record),
  Conditions: v.optional(v.record(v.string(), v.unknown()), {}),
  Resources: v.record(
    v.string(),
    v.looseObject({
      Type: v.string(),
      Condition: v.optional(v.string()),
      DeletionPolicy: v.optional(v.string()),
      UpdateReplacePolicy: v.optional(v.string()),
      Properties: v.optional(record, {}),
    }),
  ),
});

export type Template = v.InferOutput<typeof TemplateSchema>;

export type Package = Readonly<{
  template: Template;
  /** The files in a function's archive, by name. */
  archive(functionName: string): Promise<Record<string, Uint8Array>>;
  /** The size of the archive (bytes). */
  archiveSize(functionName: string): Promise<number>;
  /** Runs a program beside an unpacked function, and returns its exit code and its output. */
  runBeside(
    functionName: string,
    program: string,
    environment?: Record<string, string>,
  ): Promise<{ code: number | null; output: string }>;
  remove(): Promise<void>;
}>;

/**
 * Packages a copy of Keyturn for a stage, as `npm run package` does, without AWS credentials. Throws an error with the
 * output if that fails.
 *
 * @param params what `--param` gives
 */
export async function packageFor(
  stage: string,
  environment: Record<string, string>,
  params: Record<string, string> = {},
): Promise<Package> {
  const repository = process.cwd();
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-package-'));
  for (const entry of ['package.json', 'tsconfig.json', 'serverless.yml', 'src']) {
    await cp(join(repository, entry), join(folder, entry), { recursive: true });
  }
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'));
  const serverless = 'node_modules/serverless/bin/serverless.js';
  // serverless-esbuild leaves its temporary folders behind.
  const variables = { TMPDIR: folder, ...environment };
  const options = Object.entries(params).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
  const run = runNode([serverless, 'package', '--stage', stage, ...options], variables, folder);
  if ((await run.ended) !== 0) {
    await rm(folder, { recursive: true });
    throw new Error(run.output());
  }
  const built = join(folder, '.serverless');
  const text = await readFile(join(built, 'cloudformation-template-update-stack.json'), 'utf8');
  const archive = async (name: string) => unzipSync(await readFile(join(built, `${name}.zip`)));
  return {
    template: v.parse(TemplateSchema, JSON.parse(text)),
    archive,
    archiveSize: async (name) => (await stat(join(built, `${name}.zip`))).size,
    async runBeside(name, program, variables = {}) {
      for (const [file, content] of Object.entries(await archive(name))) {
        // What it imports later has its own name, a dot, and more.
        const isBundle = !basename(file, '.mjs').includes('.');
        await writeFile(join(folder, isBundle ? 'bundle.mjs' : basename(file)), content);
      }
      await writeFile(join(folder, 'program.mjs'), program);
      const beside = runNode([join(folder, 'program.mjs')], variables);
      return { code: await beside.ended, output: beside.output() };
    },
    remove: () => rm(folder, { recursive: true }),
  };
}
