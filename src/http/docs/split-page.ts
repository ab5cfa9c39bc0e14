import { createHash } from 'node:crypto';
import { hashedName } from '../static/hashed-name.ts';
import type { ContentSecurityPolicy } from '../static/page-policy.ts';

/** Where the files of the page are. */
const FOLDER = '/docs/';
/** Of the empty text. */
const EMPTY = `'sha256-${createHash('sha256').update('').digest('base64')}'`;

/**
 * The policy of Redoc's page, split by {@link splitPage}: its own files, and nothing inline. Redoc adds an empty style
 * element and fills it rule by rule with `insertRule`, which the policy does not judge. So the hash allows no style. Redoc's
 * own markup is text to it, so that trusted types would stop it.
 */
export const DOCS_POLICY: ContentSecurityPolicy = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': `'self' ${EMPTY}`,
  'img-src': "'self'",
  // A font in the style sheet.
  'font-src': 'data:',
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
  'require-trusted-types-for': '',
};

/** Redoc's page asks for its program and a picture of Redocly's name at these addresses. */
const PROGRAM = /https:\/\/cdn\.redocly\.com\/redoc\/[^"]+\.js/g;
const LOGO = /https:\/\/cdn\.redoc\.ly\/redoc\/logo-mini(-full)?\.svg/g;
const LOGO_FILE = 'redocly.svg';

const LOGO_SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 56 16" width="56" height="16"><text y="12" font-family="sans-serif" font-size="12" font-weight="600" fill="#2467f2">Redocly</text></svg>`;

/** Inline styles become attributes that the policy does not judge, and this gives them back before Redoc starts. */
const STYLES_BACK = `for (const element of document.querySelectorAll('[data-style]')) {
  element.style.cssText = element.dataset.style;
  element.removeAttribute('data-style');
}
`;

/**
 * Makes files of what is inline in the page that `redocly build-docs` writes, and of what it loads from Redocly's hosts: a
 * strict policy can then allow all of it. Throws an error if a new version of Redocly writes another kind of page.
 *
 * @param page what `redocly build-docs` wrote
 * @param program Redoc's standalone bundle, which comes with the command
 * @returns the files by name; the page has the name `''`, every other name a hash of its content
 */
export function splitPage(page: string, program: string): Record<string, string> {
  const files: Record<string, string> = {};
  const add = (name: string, content: string) => {
    const named = hashedName(name, content);
    files[named] = content;
    return FOLDER + named;
  };
  const replace = (text: string, pattern: RegExp, by: (...groups: string[]) => string, times: number) => {
    const found = text.match(pattern)?.length ?? 0;
    if (found !== times) throw new Error(`Redoc's page has ${found} of ${pattern}, not ${times}`);
    return text.replace(pattern, (_all, ...groups: string[]) => by(...groups));
  };
  const logo = add(LOGO_FILE, LOGO_SVG);
  const programFile = add(
    'redoc.js',
    replace(program, LOGO, () => logo, 2),
  );
  const withoutPreload = replace(page, /<link rel="modulepreload"[^>]*>/g, () => '', 1);
  const withStyles = replace(
    withoutPreload,
    /<style[^>]*>(.*?)<\/style>/gs,
    (style = '') => `<link rel="stylesheet" href="${add('style.css', style)}">`,
    2,
  );
  const withMode = replace(
    withStyles,
    /<script>(.*?)<\/script>/gs,
    (script = '') => `<script src="${add('color-mode.js', script)}"></script>`,
    1,
  );
  const withMain = replace(
    withMode,
    /<script type="module">(.*?)<\/script>/gs,
    (script = '') =>
      `<script type="module" src="${add('main.js', STYLES_BACK + replace(script, PROGRAM, () => programFile, 1))}"></script>`,
    1,
  );
  return { '': withMain.replaceAll(' style="', ' data-style="'), ...files };
}
