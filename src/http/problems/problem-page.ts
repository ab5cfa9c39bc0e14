import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { HttpResponse } from '../http-response.ts';
import { ProblemError } from './problem.ts';
import { isProblemCode, PROBLEMS } from './problem-registry.ts';

/** Explains a problem code to a person, in plain text. Throws `not-found` if there is no such code. */
export function problemPage(event: APIGatewayProxyEventV2): HttpResponse {
  const code = event.pathParameters?.code ?? '';
  if (!isProblemCode(code)) throw new ProblemError('not-found', { detail: 'There is no such problem code.' });
  const { status, title, meaning, key, next, retryable } = PROBLEMS[code];
  const lines = [
    `${title} (${code}, HTTP ${status})`,
    '',
    `What happened: ${meaning}`,
    `What it means for the key: ${key}`,
    `What to do: ${next}`,
    `Can the same request succeed later: ${retryable ? 'yes' : 'no'}`,
  ];
  return {
    statusCode: 200,
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
    body: `${lines.join('\n')}\n`,
  };
}
