import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { prefersHtml } from '../accept.ts';
import type { HttpResponse } from '../http-response.ts';
import { escapeHtml, withCode } from '../pages/html.ts';
import { htmlPage } from '../pages/page.ts';
import { requestHeader } from '../request-header.ts';
import { ProblemError } from './problem.ts';
import { isProblemCode, PROBLEM_CODES, PROBLEMS, type ProblemCode } from './problem-registry.ts';

const HOME = { href: '/', text: 'Keyturn' };
const API = { href: '/docs', text: 'API' };
const LIST = { href: '/problems', text: 'All problems' };

/** Explains a problem code to a person: a page, or plain text. Throws `not-found` if there is no such code. */
export function problemPage(event: APIGatewayProxyEventV2): HttpResponse {
  const code = event.pathParameters?.code ?? '';
  if (!isProblemCode(code)) throw new ProblemError('not-found', { detail: 'There is no such problem code.' });
  return inBestForm(event, pageOf(code), textOf(code));
}

/** Lists the problem codes for a person, in the same two forms. */
export function problemList(event: APIGatewayProxyEventV2): HttpResponse {
  const items = PROBLEM_CODES.map((code) => {
    const { title, status, retryable } = PROBLEMS[code];
    const what = `${title} (HTTP ${status}).${retryable ? ' A retry may succeed.' : ''}`;
    return `<li><a href="/problems/${code}">${code}</a><span>${escapeHtml(what)}</span></li>`;
  });
  const page = htmlPage({
    title: 'Problems - Keyturn',
    above: [HOME, API],
    main: `<h1>Problems</h1>
<p class="lead">An error has one of these codes in its <code>code</code>. Its <code>type</code> leads to the page of that code.</p>
<ul class="list">
${items.join('\n')}
</ul>`,
  });
  const lines = PROBLEM_CODES.map(
    (code) => `${code} (HTTP ${PROBLEMS[code].status}): ${PROBLEMS[code].title}`,
  );
  return inBestForm(event, page, lines);
}

function inBestForm(
  event: APIGatewayProxyEventV2,
  page: HttpResponse,
  lines: readonly string[],
): HttpResponse {
  const isPage = prefersHtml(requestHeader(event, 'accept'));
  const text = {
    statusCode: 200,
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
    body: `${lines.join('\n')}\n`,
  };
  const { headers, ...response } = isPage ? page : text;
  return { ...response, headers: { ...headers, Vary: 'Accept' } };
}

function textOf(code: ProblemCode): string[] {
  const { status, title, meaning, key, next, retryable } = PROBLEMS[code];
  return [
    `${title} (${code}, HTTP ${status})`,
    '',
    `What happened: ${meaning}`,
    `What it means for the key: ${key}`,
    `What to do: ${next}`,
    `Can the same request succeed later: ${retryable ? 'yes' : 'no'}`,
  ];
}

function pageOf(code: ProblemCode): HttpResponse {
  const { status, title, meaning, key, next, operations } = PROBLEMS[code];
  // Only events end with a problem that no operation responds with.
  const isOfHttp = operations.length > 0;
  return htmlPage({
    title: `${title} - Keyturn`,
    above: [HOME, LIST, API],
    main: `<h1>${escapeHtml(title)}</h1>
<ul class="tags"><li><code>${code}</code></li><li>${isOfHttp ? `HTTP ${status}` : 'Of an event'}</li></ul>
<h2>What happened</h2>
<p>${withCode(meaning)}</p>
<h2>What it means for the key</h2>
<p>${withCode(key)}</p>
<div class="next"><h2>What to do</h2>
<p>${withCode(next)}</p></div>
<h2>Can the same request succeed later?</h2>
${retry(code)}
<h2>If you need help</h2>
<p>Tell the owner of Keyturn the <code>requestId</code> of the response: every line of the log about the request has it.</p>`,
  });
}

function retry(code: ProblemCode): string {
  const { retryable, operations } = PROBLEMS[code];
  if (!retryable) {
    return '<p><span class="no">No.</span> It ends the same way until the cause is fixed. Do not retry it.</p>';
  }
  if (operations.length === 0) {
    return '<p><span class="yes">Yes.</span> Keyturn retries the event by itself.</p>';
  }
  const rotates = operations.some((operation) => operation === 'rotate');
  return `<p><span class="yes">Yes.</span> Wait as many seconds as the header <code>Retry-After</code> says, and <code>retryAfter</code> in the body. If they are absent, wait one second before the first retry and twice as long before each further one.</p>
${rotates ? '<p>A retry with the same <code>Idempotency-Key</code> never rotates twice.</p>' : ''}`;
}
