import type { HttpResponse } from '../http-response.ts';
import { escapeHtml } from './html.ts';
import { htmlPage } from './page.ts';

const CONSOLE = ['/console', 'Console', 'Every key and its time line, and the rotations. You log in there.'];
const OTHERS = [
  ['/docs', 'API', 'Every operation, with its parameters, its responses and examples.'],
  ['/problems', 'Problems', 'What each problem code means for the key, and what to do next.'],
  ['/openapi.json', 'OpenAPI document', 'The same API for programs: make a client from it.'],
  ['/health', 'Health', 'Shows that Keyturn responds.'],
];

/** The front page: where to go from here. */
export function homePage({ hasConsole, version }: { hasConsole: boolean; version: string }): HttpResponse {
  const places = hasConsole ? [CONSOLE, ...OTHERS] : OTHERS;
  const items = places.map(
    ([href, name, what]) => `<li><a href="${href}">${name}</a><span>${what}</span></li>`,
  );
  return htmlPage({
    title: 'Keyturn',
    main: `<h1>Keyturn</h1>
<p class="lead">Rotates Adyen API keys for apps that must not hold the management credential. This is version ${escapeHtml(version)}.</p>
<ul class="list">
${items.join('\n')}
</ul>`,
  });
}
