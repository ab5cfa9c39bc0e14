import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import peers from './package.json' with { type: 'json' };

const FOLDER = 'test/bench';

/** Installs the packages of the peers, and AWS's runtime interface client, unless they are there. */
export function installPeers(): void {
  // npm writes .package-lock.json last, when everything is installed.
  const isInstalled =
    existsSync(join(FOLDER, 'node_modules/.package-lock.json')) &&
    Object.entries(peers.dependencies).every(([name, version]) => versionOf(FOLDER, name) === version);
  // The install script builds the runtime interface client.
  if (!isInstalled) execFileSync('npm', ['ci'], { cwd: FOLDER, stdio: 'inherit' });
}

/** The versions of the peers' packages, as one line. */
export function peerVersions(): string {
  return versionsOf(FOLDER, peers.dependencies);
}

/** The installed versions of packages, as one line. */
export function versionsOf(folder: string, dependencies: Readonly<Record<string, string>>): string {
  return Object.keys(dependencies)
    .map((name) => `${name} ${versionOf(folder, name)}`)
    .join(', ');
}

function versionOf(folder: string, name: string): string | undefined {
  const file = join(folder, 'node_modules', name, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined;
}
