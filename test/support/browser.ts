import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import sparticuz from '@sparticuz/chromium';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Where a Chromium may be installed. */
const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/**
 * Starts the Chromium that `CHROMIUM_PATH` names, the one of an npm package, which is for Linux on x64, or an installed one.
 *
 * @returns `undefined` if none starts here
 */
export async function startBrowser(): Promise<Browser | undefined> {
  const { CHROMIUM_PATH } = process.env;
  const isPackaged = process.platform === 'linux' && process.arch === 'x64';
  const installed = () => INSTALLED.find((path) => existsSync(path)) ?? '';
  try {
    const executablePath = CHROMIUM_PATH ?? (isPackaged ? await sparticuz.executablePath() : installed());
    // The package's own arguments are for Lambda: they turn off what a browser checks between origins.
    return await chromium.launch({ executablePath, args: ['--no-sandbox', '--font-render-hinting=none'] });
  } catch {
    return undefined;
  }
}

/** What a page must not do: an error, a violation of its policy, a request to another host. */
export function watch(page: Page): { faults: string[] } {
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    const isInline = protocol === 'data:' || protocol === 'blob:';
    if (!isInline && hostname !== 'localhost') faults.push(`a request to ${hostname}`);
  });
  return { faults };
}

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core'), 'utf8');

/** The rules of axe that a page violates, each with the elements. */
export async function violations(page: Page): Promise<string[]> {
  // Evaluated by the browser's debugger, which the page's policy does not bind.
  const found: { id: string; nodes: { html: string }[] }[] = await page.evaluate(
    `${axe}; axe.run().then(({ violations }) => violations)`,
  );
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

/** Whether the page is wider than the window. */
export function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate('document.documentElement.scrollWidth > window.innerWidth');
}
