import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { handler } from '../src/handlers/openapi.ts';
import { COMPONENTS } from '../src/http/openapi/components.ts';
import { openApiDocument } from '../src/http/openapi/document.ts';
import { PROBLEM_CODES } from '../src/http/problems/problem-registry.ts';
import { httpEvent, lambdaContext } from './support/http-event.ts';
import { readAnswer } from './support/keyturn.ts';
import { membersNamedIn } from './support/named-members.ts';
import { captureOutput } from './support/output.ts';

const document = openApiDocument();
const text = JSON.stringify(document);

/** Every media type of the document that names one of the components, with its examples. */
function examples(node: unknown): { schema: v.GenericSchema; example: unknown }[] {
  if (typeof node !== 'object' || node === null) return [];
  const found = Object.values(node).flatMap(examples);
  if (!('schema' in node) || !('example' in node || 'examples' in node)) return found;
  const names = [...JSON.stringify(node.schema).matchAll(/schemas\/(\w+)/g)].map(([, name]) => name);
  const schemas = Object.entries(COMPONENTS).filter(([component]) => names.includes(component));
  const [[, schema] = [], ...more] = schemas;
  if (!schema || schemas.length !== names.length)
    throw new Error(`an example without a component: ${JSON.stringify(node)}`);
  const values: unknown[] =
    'example' in node ? [node.example] : Object.values(Object(node).examples).map((one) => Object(one).value);
  const any = more.length === 0 ? schema : v.union(schemas.map(([, one]) => one));
  return [...found, ...values.map((example) => ({ schema: any, example }))];
}

type Response = { headers?: object; content?: object };

const operations = Object.values<object>(document.paths).flatMap((methods) =>
  Object.values<{ operationId: string; responses: Record<number, Response> }>(methods as never),
);
const responses = operations.flatMap(({ operationId, responses: all }) =>
  Object.entries(all).map(([status, response]) => ({ operationId, status: Number(status), response })),
);
const responseOf = (operationId: string, status: number): Response =>
  responses.find((one) => one.operationId === operationId && one.status === status)?.response ?? {};

describe('the OpenAPI document', () => {
  it('is served without a token', async () => {
    const output = captureOutput();
    const answer = readAnswer(await handler(httpEvent('GET /openapi.json'), lambdaContext()));
    output.release();
    expect([answer.status, answer.headers['Content-Type']]).toEqual([200, 'application/json']);
    expect(answer.body).toEqual(JSON.parse(text));
  });

  it('has only examples that match the schemas which validate requests and responses', () => {
    const all = examples(document);
    expect(all.length).toBeGreaterThan(PROBLEM_CODES.length);
    for (const { schema, example } of all)
      expect(v.safeParse(schema, example).issues, JSON.stringify(example)).toBeUndefined();
  });

  it('has every problem code', () => {
    const [code] = document.paths['/problems/{code}'].get.parameters;
    expect(code?.schema).toMatchObject({ enum: PROBLEM_CODES });
  });

  it('lists for a rotation every problem that it can have over HTTP, and no other', () => {
    const { post } =
      document.paths['/v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/generateApiKey'];
    const answered = PROBLEM_CODES.filter((code) =>
      JSON.stringify(post.responses).includes(`/problems/${code}`),
    );
    const notOfHttp = [
      'no-managed-secret',
      'key-undelivered',
      'not-found',
      'unknown-key',
      'invalid-cursor',
      'listing-too-large',
    ];
    expect(answered).toEqual(PROBLEM_CODES.filter((code) => !notOfHttp.includes(code)));
  });

  it('lists for a check no problem of a rotation', () => {
    const { post } = document.paths['/v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/check'];
    const answered = PROBLEM_CODES.filter((code) =>
      JSON.stringify(post.responses).includes(`/problems/${code}`),
    );
    expect(answered).toEqual([
      'malformed-request',
      'unauthenticated',
      'forbidden',
      'content-too-large',
      'unsupported-media-type',
      'no-managed-secret',
      'managed-secret-unavailable',
      'settings-unavailable',
      'issuer-unavailable',
      'timeout',
      'internal',
    ]);
  });

  it('describes a page size as a number and the ends of a range as times', () => {
    const schemas = document.paths['/v1/rotations'].get.parameters.map(({ name, schema }) => [name, schema]);
    expect(Object.fromEntries(schemas)).toMatchObject({
      limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
      from: { type: 'string', format: 'date-time' },
      to: { type: 'string', format: 'date-time' },
    });
  });

  it('has what API Gateway responds by itself, beside the envelope', () => {
    const own = responses.flatMap(({ operationId, status, response }) =>
      'application/json' in (response.content ?? {}) && status >= 400 ? [`${operationId} ${status}`] : [],
    );
    const expected = [
      'rotate',
      'checkKey',
      'listRotationsOfCredential',
      'listRotations',
      'getRotation',
      'getKeyState',
      'listKeyStates',
      'acknowledge',
    ].map((id) => [id, 401]);
    const everywhere = operations.flatMap(({ operationId }) =>
      [404, 429, 500, 503].map((status) => [operationId, status]),
    );
    expect(own.sort()).toEqual([...expected, ...everywhere].map((one) => one.join(' ')).sort());
    const { content = {} } = responseOf('getRotation', 401);
    expect(Object.keys(content)).toEqual(['application/problem+json', 'application/json']);
  });

  it('has the id of the request on every response of Keyturn', () => {
    const without = responses.filter(({ response }) => !('X-Request-Id' in (response.headers ?? {})));
    const { content = {} } = without.find(({ operationId }) => operationId === 'health')?.response ?? {};
    expect(Object.keys(content)).toEqual(['application/json']);
    for (const { response } of without)
      expect(Object.keys(response.content ?? {})).toEqual(['application/json']);
  });

  it.each([
    ['Retry-After', 'rotate', 409],
    ['Retry-After', 'rotate', 502],
    ['WWW-Authenticate', 'listRotations', 401],
    ['WWW-Authenticate', 'rotate', 403],
    ['Idempotent-Replayed', 'rotate', 200],
    ['Idempotent-Replayed', 'rotate', 204],
    ['X-Rotation-Id', 'rotate', 204],
    ['Idempotent-Replayed', 'rotate', 422],
  ])('has the header %s on the response of %s with %i', (header, operationId, status) => {
    expect(responseOf(operationId, status).headers).toHaveProperty(header);
  });

  it('names in the text of an example only members that the example has', () => {
    for (const { schema, example } of examples(document)) {
      if (schema !== COMPONENTS.Problem) continue;
      const { detail } = v.parse(COMPONENTS.Problem, example);
      for (const member of membersNamedIn(detail)) expect(example, detail).toHaveProperty(member);
    }
  });

  it('has every deployed route of the API, and no other', async () => {
    const ofPages = /^GET \/((console|docs)(\/\{file\})?)?$/;
    const template = await readFile('serverless.yml', 'utf8');
    const short = [...template.matchAll(/httpApi: (GET|POST|PUT) (\S+)/g)].map(
      ([, method, path]) => `${method} ${path}`,
    );
    const long = [...template.matchAll(/method: (GET|POST|PUT)\s+path: (\S+)/g)].map(
      ([, method, path]) => `${method} ${path}`,
    );
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual([...short, ...long].filter((route) => !ofPages.test(route)).sort());
  });

  it('requires a scope for every protected route', () => {
    const open = Object.entries(document.paths)
      .filter(([, operations]) => Object.values(operations).some(({ security }) => security.length === 0))
      .map(([path]) => path);
    expect(open).toEqual(['/problems', '/problems/{code}', '/health', '/openapi.json']);
  });
});
