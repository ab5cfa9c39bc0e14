import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { credentialPath } from '../../src/rotation/api-credential.ts';
import type { KeyState } from '../../src/rotation/key-state-schema.ts';
import { KEYS, NOW, ROTATIONS } from './console-keys.ts';
import { freePorts } from './local-ports.ts';
import { runNode } from './process.ts';

const WAIT_MS = 120_000;
const POLL_MS = 200;

export type LocalConsole = Readonly<{
  /** The gateway's address. */
  url: string;
  issuerUrl: string;
  stop(): Promise<void>;
}>;

/** Starts `npm start`, with which keys may be rotated without an overlap. */
export async function startConsole(): Promise<LocalConsole> {
  const ports = await freePorts();
  const keyturn = runNode(['src/local/start.ts'], { ...ports, ROTATION_MIN_INTERVAL_SECONDS: '0' });
  const url = `http://localhost:${ports.PORT}`;
  const giveUpAt = Date.now() + WAIT_MS;
  while (!(await fetch(`${url}/console`).catch(() => undefined))?.ok) {
    if (Date.now() > giveUpAt || keyturn.child.exitCode !== null) throw new Error(keyturn.output());
    await sleep(POLL_MS);
  }
  return {
    url,
    issuerUrl: `http://localhost:${ports.OIDC_PORT}`,
    async stop() {
      keyturn.child.kill('SIGTERM');
      await keyturn.ended;
    },
  };
}

export type Looks = Readonly<{
  width?: number;
  height?: number;
  scheme?: 'light' | 'dark';
  /** The scopes that the console asks for, in place of the deployment's. */
  scopes?: string;
  /** Called before the page is opened. */
  prepare?: (page: Page) => Promise<unknown>;
}>;

/** Opens the console without a login. */
export async function openConsole(
  browser: Browser,
  { url }: LocalConsole,
  hash: string,
  { width = 1280, height = 860, scheme = 'light', scopes, prepare }: Looks = {},
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme });
  const page = await context.newPage();
  if (scopes !== undefined) {
    await page.route('**/console/config.json', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), scopes } });
    });
  }
  await prepare?.(page);
  await page.goto(`${url}/console${hash}`);
  return page;
}

/** Opens the console, and logs in with one click. */
export async function logIn(
  browser: Browser,
  local: LocalConsole,
  hash: string,
  looks?: Looks,
): Promise<Page> {
  const page = await openConsole(browser, local, hash, looks);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('button', { name: 'Log out' }).waitFor();
  return page;
}

/** Answers the API's reads for a page: with the given keys, and the rotations of one of them, at the time of those. */
export function withKeys(keys: readonly KeyState[] = KEYS) {
  const byPath = new Map(keys.map((key) => [credentialPath(key.credential), key]));
  return async (page: Page) => {
    await page.clock.setFixedTime(NOW);
    await page.route('**/v1/**', (route) => {
      const { pathname, searchParams } = new URL(route.request().url());
      const path = pathname.replace('/v1/', '');
      if (path === 'apiCredentials') return route.fulfill({ json: pageOf(keys, searchParams) });
      const rotation = ROTATIONS.find(({ id }) => path === `rotations/${id}`);
      if (rotation) return route.fulfill({ json: rotation });
      if (path.endsWith('/rotations')) return route.fulfill({ json: { rotations: ROTATIONS } });
      const key = byPath.get(path);
      return key ? route.fulfill({ json: key }) : route.fulfill({ status: 404 });
    });
  };
}

function pageOf(keys: readonly KeyState[], query: URLSearchParams) {
  const start = Number(query.get('cursor') ?? 0);
  const end = start + Number(query.get('limit'));
  const apiCredentials = keys
    .slice(start, end)
    .map(({ consumers: _consumers, lastCheck: _lastCheck, managedSecret: _secret, ...summary }) => summary);
  return { apiCredentials, ...(end < keys.length && { nextCursor: String(end) }) };
}

export const PICTURES = 'src/console/pictures';
/** What the pictures show: the sources of the page, and the keys in it. */
const SHOWN = ['src/console/page', 'test/support/console-keys.ts'];

/** The hash of everything that decides how the pictures look, but for the fonts of a machine. */
export async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const place of SHOWN) {
    const inside = await readdir(place, { recursive: true }).catch(() => undefined);
    const files = inside
      ?.filter((name) => /(?<!\.test)\.(tsx?|css|html)$/.test(name))
      .map((name) => join(place, name));
    for (const file of files?.sort() ?? [place]) hash.update(await readFile(file));
  }
  return hash.digest('hex');
}
