import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { handler as health } from '../src/handlers/health.ts';
import { handler as openapi } from '../src/handlers/openapi.ts';
import { handler as problems } from '../src/handlers/problems.ts';
import { openApiDocument } from '../src/http/openapi/document.ts';
import { PROBLEM_CODES, PROBLEMS } from '../src/http/problems/problem-registry.ts';
import { isTooWide, startBrowser, violations, watch } from './support/browser.ts';
import { captureOutput } from './support/output.ts';
import { serveHandlers } from './support/serve-handlers.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const browser = await startBrowser();
let served: Awaited<ReturnType<typeof serveHandlers>>;
let output: ReturnType<typeof captureOutput>;

beforeAll(async () => {
  process.env.CONSOLE_CLIENT_ID = 'keyturn-console';
  const { handler: pages } = await import('../src/handlers/pages.ts');
  output = captureOutput();
  served = await serveHandlers({
    'GET /': pages,
    'GET /docs': pages,
    'GET /docs/{file}': pages,
    'GET /problems': problems,
    'GET /problems/{code}': problems,
    'GET /openapi.json': openapi,
    'GET /health': health,
  });
});
afterAll(async () => {
  await browser?.close();
  await served.close();
  output.release();
});

describe('in a browser', () => {
  beforeEach(({ skip }) => skip(!browser, 'No Chromium starts here. CHROMIUM_PATH may name one.'));

  /** Opens a page, does something with it, and proves that nothing was forbidden, failed or came from elsewhere. */
  async function open(
    path: string,
    use: (page: Page) => Promise<void>,
    options: Parameters<NonNullable<typeof browser>['newPage']>[0] = {},
  ): Promise<void> {
    const page = await browser?.newPage(options);
    if (!page) return;
    const { faults } = watch(page);
    await page.goto(served.url + path);
    await use(page);
    expect(faults).toEqual([]);
    await page.close();
  }

  const OWN = ['/', '/problems', '/problems/overlap-active', '/problems/key-undelivered'];

  it.each(OWN.flatMap((path) => (['light', 'dark'] as const).map((colorScheme) => ({ path, colorScheme }))))(
    '$path is for everybody, in $colorScheme',
    async ({ path, colorScheme }) => {
      const use = async (page: Page) => expect(await violations(page)).toEqual([]);
      await open(path, use, { colorScheme });
    },
  );

  it.each([...OWN, ...PROBLEM_CODES.map((code) => `/problems/${code}`)])(
    '%s fits a telephone of 360 pixels',
    async (path) => {
      const use = async (page: Page) => expect(await isTooWide(page)).toBe(false);
      await open(path, use, { viewport: { width: 360, height: 640 } });
    },
  );

  it('the front page leads to the console, the API, the problems and the health', async () => {
    await open('/', async (page) => {
      const links = await page
        .locator('a')
        .evaluateAll((all) => all.map((link) => link.getAttribute('href')));
      expect(links).toEqual(['/console', '/docs', '/problems', '/openapi.json', '/health']);
    });
  });

  it('a problem page says what to do, and leads to all problems and to the API', async () => {
    await open('/problems/overlap-active', async (page) => {
      const { title, meaning, key } = PROBLEMS['overlap-active'];
      expect(await page.title()).toContain(title);
      expect(await page.locator('h1').allTextContents()).toEqual([title]);
      const text = await page.locator('main').innerText();
      for (const part of ['overlap-active', 'HTTP 409', meaning, key, 'Yes. Wait', 'Retry-After'])
        expect(text).toContain(part);
      expect(await page.locator('main code').allTextContents()).toContain('"force": true');
      await page.getByRole('link', { name: 'All problems' }).click();
      expect(await page.locator('.list a').allTextContents()).toEqual(PROBLEM_CODES);
      await page.getByRole('link', { name: 'API' }).click();
      expect(page.url()).toBe(`${served.url}/docs`);
    });
  });

  it('the page of the API has every operation, and shows one when it is chosen', async () => {
    await open('/docs', async (page) => {
      expect(await page.title()).toBe('Keyturn API');
      const { tags, paths } = openApiDocument();
      await page.locator('h2').first().waitFor();
      expect(await page.locator('h1').allTextContents()).toEqual([expect.stringContaining('Keyturn')]);
      expect(await page.locator('h2').allTextContents()).toEqual(tags.map(({ name }) => name));
      const links = await page
        .locator('a')
        .evaluateAll((all) => all.map((link) => link.getAttribute('href')));
      const operations = Object.values<object>(paths).flatMap((methods) =>
        Object.values<{ operationId: string }>(methods as never).map(({ operationId }) =>
          operationId.toLowerCase(),
        ),
      );
      const shown = links.map((href) => href?.split('/').at(-1));
      expect(operations.filter((id) => !shown.includes(id))).toEqual([]);
      await page.locator('a[href$="/rotate"]').first().click();
      await page.getByText('For 24 hours the same key of the same caller').waitFor();
      expect(page.url()).toMatch(/#.*\/rotate$/);
      await page.getByRole('link', { name: 'a page for each code' }).click();
      expect(page.url()).toBe(`${served.url}/problems`);
    });
  });
});

describe('for a program', () => {
  const get = (path: string, accept?: string) =>
    fetch(served.url + path, { headers: accept === undefined ? {} : { accept } });

  it.each([
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html; charset=utf-8'],
    ['text/html, */*', 'text/html; charset=utf-8'],
    ['*/*', 'text/plain; charset=utf-8'],
    ['text/plain, text/html;q=0.9', 'text/plain; charset=utf-8'],
    ['text/html;q=0, */*', 'text/plain; charset=utf-8'],
    ['application/json', 'text/plain; charset=utf-8'],
    ['', 'text/plain; charset=utf-8'],
  ])('that accepts %j, a problem is explained as %s', async (accept, type) => {
    for (const path of ['/problems', '/problems/overlap-active']) {
      const { headers } = await get(path, accept);
      expect([headers.get('Content-Type'), headers.get('Vary')]).toEqual([type, 'Accept']);
    }
  });

  it('no page has a policy that allows an inline script, or one of another host', async () => {
    for (const path of ['/', '/docs', '/problems', '/problems/overlap-active']) {
      const policy = (await get(path, 'text/html')).headers.get('Content-Security-Policy') ?? '';
      expect(policy, path).toContain("default-src 'none'");
      expect(policy, path).not.toMatch(/unsafe|https?:|\*/);
    }
  });
});
