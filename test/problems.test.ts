import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler as health } from '../src/handlers/health.ts';
import { handler as problems } from '../src/handlers/problems.ts';
import { PROBLEMS } from '../src/http/problems/problem-registry.ts';
import { lambdaContext, rotateEvent } from './support/http-event.ts';
import { readAnswer } from './support/keyturn.ts';
import { captureOutput } from './support/output.ts';
import { credential } from './support/rotations.ts';

let output: ReturnType<typeof captureOutput>;
beforeAll(() => {
  output = captureOutput();
});
afterAll(() => output.release());

const eventFor = (pathParameters: Record<string, string>) => rotateEvent(credential, { pathParameters });

describe('GET /problems/{code}', () => {
  it.each(Object.entries(PROBLEMS))(
    'explains %s to a person',
    async (code, { status, meaning, key, next }) => {
      const answer = readAnswer(await problems(eventFor({ code }), lambdaContext()));
      expect([answer.status, answer.headers['Content-Type']]).toEqual([200, 'text/plain; charset=utf-8']);
      for (const part of [code, `HTTP ${status}`, meaning, key, next]) expect(answer.text).toContain(part);
    },
  );

  it.each(['no-such-code', '', '__proto__', 'constructor', '<script>'])(
    'does not know "%s"',
    async (code) => {
      const answer = readAnswer(await problems(eventFor({ code }), lambdaContext()));
      expect([answer.status, answer.body.code]).toEqual([404, 'not-found']);
      expect(answer.text).not.toContain('<script>');
    },
  );
});

it('GET /health responds without any setting', async () => {
  const answer = readAnswer(await health(eventFor({}), lambdaContext()));
  expect([answer.status, answer.body]).toEqual([200, { status: 'ok', version: expect.any(String) }]);
});
