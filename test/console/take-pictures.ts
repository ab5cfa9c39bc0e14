import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { runCommand } from '../../src/cli/run-command.ts';
import { credentialPath } from '../../src/rotation/api-credential.ts';
import { startBrowser } from '../support/browser.ts';
import { hashOfSources, type Looks, logIn, PICTURES, startConsole, withKeys } from '../support/console.ts';
import { KEYS, ROTATIONS } from '../support/console-keys.ts';

const USAGE = `Usage: npm run pictures

Takes the pictures of the console for the READMEs, of made-up keys at a made-up time. It needs a Chromium: on Linux (x64) it
has one, elsewhere it takes an installed one.`;

const CHECKOUT = `#/keys/${KEYS.filter(({ state }) => state === 'overlap').map(({ credential }) => credentialPath(credential))}`;

const SCENES: Readonly<Record<string, Looks & { hash: string }>> = {
  'keys-light': { hash: '#/keys' },
  'keys-dark': { hash: '#/keys', scheme: 'dark' },
  'keys-narrow': { hash: '#/keys', width: 360, height: 760 },
  'key-light': { hash: CHECKOUT, height: 1000 },
  'key-narrow': { hash: CHECKOUT, width: 360, height: 1000, scheme: 'dark' },
  'rotation-dark': { hash: `#/rotations/${ROTATIONS[0]?.id}`, scheme: 'dark' },
};

async function takePictures(): Promise<boolean> {
  const browser = await startBrowser();
  if (!browser) throw new Error('No Chromium starts here. Set CHROMIUM_PATH to one.');
  const local = await startConsole();
  try {
    await mkdir(PICTURES, { recursive: true });
    for (const [name, { hash, ...looks }] of Object.entries(SCENES)) {
      const page = await logIn(browser, local, hash, { ...looks, prepare: withKeys() });
      // What each row loads by itself.
      await page.waitForLoadState('networkidle');
      await page.mouse.move(0, 0);
      await page.screenshot({ path: `${PICTURES}/${name}.png`, animations: 'disabled' });
      await page.context().close();
      console.log(`${PICTURES}/${name}.png`);
    }
    await writeFile(`${PICTURES}/sources.sha256`, `${await hashOfSources()}\n`);
  } finally {
    await browser.close();
    await local.stop();
  }
  return true;
}

await runCommand({ usage: USAGE, readArguments: () => parseArgs({ options: {} }), run: takePictures });
