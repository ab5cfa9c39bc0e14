import { readFile } from 'node:fs/promises';
import { type BuildOptions, build } from 'esbuild';
import * as v from 'valibot';
import { parse } from 'yaml';
import { DEPLOYED } from '../../src/bundle/plugins.ts';

const OptionsSchema = v.object({
  custom: v.object({
    // Strict, because a new option there must also be passed to esbuild below.
    esbuild: v.strictObject({
      target: v.string(),
      format: v.picklist(['esm', 'cjs']),
      minifyWhitespace: v.boolean(),
      minifySyntax: v.boolean(),
      lineLimit: v.number(),
      mainFields: v.array(v.string()),
      conditions: v.array(v.string()),
      banner: v.record(v.string(), v.string()),
      // Options of serverless-esbuild that esbuild does not have.
      outputWorkFolder: v.string(),
      outputFileExtension: v.literal('.mjs'),
      plugins: v.string(),
      exclude: v.strictTuple([]),
    }),
  }),
});

/** The esbuild options with which serverless.yml bundles Keyturn's functions. */
export async function keyturnBundle(): Promise<BuildOptions> {
  const template = parse(await readFile('serverless.yml', 'utf8'), { merge: true });
  const { outputWorkFolder, outputFileExtension, exclude, ...options } = v.parse(OptionsSchema, template)
    .custom.esbuild;
  return {
    ...options,
    bundle: true,
    platform: 'node',
    outExtension: { '.js': outputFileExtension },
    plugins: DEPLOYED,
  };
}

/** The bytes that each package adds to a bundle, the largest first. */
export async function contributorsOf(entryPoint: string): Promise<[string, number][]> {
  const { metafile } = await build({
    ...(await keyturnBundle()),
    entryPoints: [entryPoint],
    outdir: 'unused',
    write: false,
    metafile: true,
  });
  const bytes = new Map<string, number>();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? 'Keyturn itself';
      bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput);
    }
  }
  return [...bytes].sort(([, a], [, b]) => b - a);
}
