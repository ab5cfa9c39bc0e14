import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpChain } from '../src/http/http-chain.ts';
import { type Problem, ProblemError, ProblemSchema } from '../src/http/problems/problem.ts';
import { PROBLEMS, type ProblemCode } from '../src/http/problems/problem-registry.ts';
import { lambdaContext, rotateEvent } from './support/http-event.ts';
import { type Answer, type Keyturn, readAnswer, startKeyturn } from './support/keyturn.ts';
import { credential } from './support/rotations.ts';

// Every code of the registry is a key of it.
const codes = Object.keys(PROBLEMS) as ProblemCode[];

const silentLog = { info() {}, warn() {}, error() {}, setCorrelationId() {} };

/** The response of a handler that fails in this way. */
async function answerTo(fail: () => unknown, remainingMs?: number): Promise<Answer> {
  const handler = httpChain(silentLog).handler(async () => {
    await fail();
    return { statusCode: 200 };
  });
  return readAnswer(await handler(rotateEvent(credential), lambdaContext(remainingMs)));
}

const fails = (error: unknown) => () => Promise.reject(error);
const problemOf = ({ body }: Answer): Problem => v.parse(ProblemSchema, body);

describe('the envelope', () => {
  it.each(codes)('of %s matches the schema and says what to do next', async (code) => {
    const answer = await answerTo(fails(new ProblemError(code)));
    const { status, title, key, next, retryable } = PROBLEMS[code];
    expect(problemOf(answer)).toMatchObject({ type: `/problems/${code}`, status, title, code, retryable });
    expect(problemOf(answer).detail).toContain(`${key} ${next}`);
    expect([answer.status, answer.headers['Content-Type']]).toEqual([status, 'application/problem+json']);
  });

  it('has the id of the request in the body and in the header', async () => {
    const { body, headers } = await answerTo(fails(new ProblemError('internal')));
    expect(body.requestId).toMatch(/^gateway-/);
    expect(headers['X-Request-Id']).toBe(body.requestId);
  });

  it('is kept out of caches and has the usual security headers', async () => {
    const { headers } = await answerTo(fails(new ProblemError('internal')));
    expect(headers).toMatchObject({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
  });

  it('has the time to wait in the body and in Retry-After', async () => {
    const { body, headers } = await answerTo(fails(new ProblemError('quarantined', { retryAfter: 7 })));
    expect([body.retryAfter, headers['Retry-After']]).toEqual([7, '7']);
  });

  it('links to the rotation if there is one', async () => {
    const { body } = await answerTo(fails(new ProblemError('upstream-timeout', { rotationId: 'id' })));
    expect(body).toMatchObject({ rotationId: 'id', instance: '/v1/rotations/id' });
  });

  it('has a detail of bounded length', async () => {
    const { body } = await answerTo(fails(new ProblemError('internal', { detail: 'x'.repeat(5_000) })));
    expect(body.detail.length).toBe(1024);
  });

  it.each<[string, unknown]>([
    ['an error', new Error('SecretInMessage')],
    [
      'an error of middy or of a library',
      Object.assign(new Error('SecretInMessage'), { statusCode: 418, expose: true }),
    ],
    [
      'an error with headers',
      Object.assign(new Error('SecretInMessage'), { headers: { 'X-Leak': 'SecretInMessage' } }),
    ],
    ['a text', 'SecretInMessage'],
    ['an object', { message: 'SecretInMessage' }],
    ['nothing', undefined],
  ])('of %s that is not expected is internal and shows nothing of it', async (_what, error) => {
    const answer = await answerTo(fails(error));
    expect(problemOf(answer)).toMatchObject({ code: 'internal', status: 500, retryable: false });
    expect(JSON.stringify(answer)).not.toContain('SecretInMessage');
  });

  it('is sent before the runtime ends the function', async () => {
    const answer = await answerTo(() => new Promise((resolve) => setTimeout(resolve, 1_000)), 300);
    expect(problemOf(answer)).toMatchObject({ code: 'timeout', status: 504, retryable: true });
    expect(answer.headers['Content-Type']).toBe('application/problem+json');
  });
});

describe('a rotation that runs out of time', () => {
  let keyturn: Keyturn;
  beforeAll(async () => {
    keyturn = await startKeyturn();
  });
  afterAll(() => keyturn.close());

  it('gets the envelope', async () => {
    const answer = await keyturn.rotate(keyturn.newCredential(), { remainingMs: 251 });
    expect(problemOf(answer)).toMatchObject({ code: 'timeout' });
  });
});
