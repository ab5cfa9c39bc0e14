import { createHash } from 'node:crypto';
import type { HttpResponse } from '../http-response.ts';
import type { ContentSecurityPolicy } from '../static/page-policy.ts';
import { escapeHtml } from './html.ts';

const STYLE = `
:root{color-scheme:light dark;--ink:light-dark(#1b1f24,#e8eaed);--soft:light-dark(#57606a,#a4acb6);--line:light-dark(#d5dae0,#3a414a);--ground:light-dark(#fff,#15181c);--raised:light-dark(#f5f7f9,#1e2329);--link:light-dark(#0757a8,#7db8ff);--good:light-dark(#116932,#6fd08c);--bad:light-dark(#a02a12,#ff9c83)}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.6 system-ui,sans-serif;overflow-wrap:anywhere}
header,main{max-width:44rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:1.25rem;color:var(--soft)}
main{padding-bottom:2.5rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:0;padding:0;list-style:none}
h1{margin:2rem 0 .5rem;font-size:clamp(1.6rem,5vw,2.1rem);line-height:1.2;letter-spacing:-.01em}
h2{margin:2rem 0 .25rem;font-size:1.125rem}
p{margin:.25rem 0 1rem}
.lead{color:var(--soft);font-size:1.0625rem}
a{color:var(--link);text-underline-offset:.15em}
a:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:2px}
code{padding:.1em .35em;border-radius:4px;background:var(--raised);font:.9em ui-monospace,monospace}
.tags{display:flex;flex-wrap:wrap;gap:.5rem;margin:.75rem 0 1.5rem;padding:0;list-style:none}
.tags li{padding:.125rem .625rem;border:1px solid var(--line);border-radius:1rem;font-size:.875rem}
.yes{color:var(--good);font-weight:600}
.no{color:var(--bad);font-weight:600}
.next{margin:1.5rem 0;padding:.75rem 1.25rem;border-left:4px solid var(--link);background:var(--raised);border-radius:0 6px 6px 0}
.next h2{margin-top:.25rem}
.next p{margin-bottom:.25rem}
.next code{background:var(--ground)}
.tags code{padding:0;background:none}
.list{margin:1.25rem 0;padding:0;border-top:1px solid var(--line);list-style:none}
.list li{padding:.75rem 0;border-bottom:1px solid var(--line)}
.list a{font-weight:600}
.list span{display:block;color:var(--soft)}
`;

/** The policy of these pages: their one style, known by its hash, and nothing else. */
export const PAGE_POLICY: ContentSecurityPolicy = {
  'default-src': "'none'",
  'style-src': `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
  'require-trusted-types-for': "'script'",
};

/** A link in the page's head line, from the front page down to this one. */
type Above = Readonly<{ href: string; text: string }>;

/**
 * A page for people, without a script.
 *
 * @param main HTML
 */
export function htmlPage(page: { title: string; above?: readonly Above[]; main: string }): HttpResponse {
  const { title, above = [], main } = page;
  const links = above.map(({ href, text }) => `<li><a href="${href}">${escapeHtml(text)}</a></li>`);
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${links.length > 0 ? `<header><nav aria-label="Above this page"><ul>${links.join('')}</ul></nav></header>` : ''}
<main>
${main}
</main>
</body>
</html>
`;
  return { statusCode: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body };
}
