import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { unzipSync, zipSync } from 'fflate';
import { DEPLOYMENT_SETTINGS } from '../support/package.ts';
import { runNode } from '../support/process.ts';
import { keyturnBundle } from './keyturn-bundle.ts';

/** A function as it would be deployed, in a folder. */
export type Contender = Readonly<{
  name: string;
  folder: string;
  /** The value of Lambda's `_HANDLER`. */
  handler: string;
  zipBytes: number;
  bundleBytes: number;
}>;

/** Packages Keyturn and builds the peers, each in its own folder below the given one. */
export async function buildContenders(folder: string): Promise<Contender[]> {
  // The settings that esbuild's documentation recommends for Node, and no others.
  const defaults: BuildOptions = { bundle: true, platform: 'node', target: 'node24' };
  const peer = (name: string, options = defaults) => buildPeer(name, join(folder, name), options);
  return [
    await packaged('rotate', 'keyturn', join(folder, 'keyturn')),
    await peer('bare'),
    await peer('typical'),
    await peer('express'),
    await peer('sdk', await keyturnBundle()),
  ];
}

/**
 * Packages Keyturn as `npm run package` does.
 *
 * @param folder for the temporary files that serverless-esbuild does not delete
 */
export async function packageKeyturn(folder: string): Promise<void> {
  const environment = { TMPDIR: folder, ...DEPLOYMENT_SETTINGS };
  const run = runNode(['node_modules/serverless/bin/serverless.js', 'package'], environment);
  if ((await run.ended) !== 0) throw new Error(run.output());
}

/** Unpacks one of Keyturn's packaged functions into a folder. */
export async function packaged(functionName: string, name: string, folder: string): Promise<Contender> {
  const zip = await readFile(`.serverless/${functionName}.zip`);
  const files = unzipSync(zip);
  let bundleBytes = 0;
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), content);
    bundleBytes += content.length;
  }
  // What is loaded late has a dot before its own name.
  const entryPoint = Object.keys(files).find((file) => /^src\/handlers\/[\w-]+\.mjs$/.test(file));
  if (!entryPoint) throw new Error(`${functionName}.zip holds no handler`);
  return {
    name,
    folder,
    handler: entryPoint.replace('.mjs', '.handler'),
    zipBytes: zip.length,
    bundleBytes,
  };
}

async function buildPeer(name: string, folder: string, options: BuildOptions): Promise<Contender> {
  const { outputFiles } = await build({
    ...options,
    entryPoints: { index: `test/bench/peers/${name}.mjs` },
    outdir: folder,
    logLevel: 'error',
    write: false,
  });
  await mkdir(folder, { recursive: true });
  const [file] = outputFiles;
  if (!file) throw new Error(`esbuild wrote no bundle for ${name}`);
  await writeFile(file.path, file.contents);
  const zip = zipSync({ [basename(file.path)]: file.contents }, { level: 9 });
  return { name, folder, handler: 'index.handler', zipBytes: zip.length, bundleBytes: file.contents.length };
}
