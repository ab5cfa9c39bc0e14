import { describe, expect, it } from 'vitest';
import { splitPage } from './split-page.ts';

const CDN = 'https://cdn.redocly.com/redoc/v3.0.1/bundles/redoc.standalone.js';
const PAGE = `<head><style>a{}</style><link rel="modulepreload" href="${CDN}" /><style>b{}</style></head>
<body><script>mode()</script><p style="display:none">text</p>
<script type="module">import { hydrate } from "${CDN}"; hydrate();</script></body>`;
const LOGOS = '`https://cdn.redoc.ly/redoc/logo-mini-full.svg``https://cdn.redoc.ly/redoc/logo-mini.svg`';

describe("Redoc's page, in files", () => {
  it('has nothing inline and nothing of another host', () => {
    const files = splitPage(PAGE, LOGOS);
    expect(files['']).not.toMatch(/<style|<script[^>]*>[^<]| style=|https:/);
    expect(files['']?.match(/(?:src|href)="[^"]+"/g)).toEqual([
      expect.stringMatching(/"\/docs\/style-\w{16}\.css"/),
      expect.stringMatching(/"\/docs\/style-\w{16}\.css"/),
      expect.stringMatching(/"\/docs\/color-mode-\w{16}\.js"/),
      expect.stringMatching(/"\/docs\/main-\w{16}\.js"/),
    ]);
    expect(Object.values(files).join('')).not.toContain('https://cdn');
  });

  it.each([
    ['an inline script more', PAGE.replace('<p', '<script>more()</script><p'), LOGOS],
    ['another address of its program', PAGE.replaceAll(CDN, 'https://example.com/redoc.js'), LOGOS],
    ['a program with another logo', PAGE, ''],
  ])('is refused at packaging if a new version has %s', (_what, page, program) => {
    expect(() => splitPage(page, program)).toThrow("Redoc's page has");
  });
});
