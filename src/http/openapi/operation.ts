import * as v from 'valibot';
import { envelope, ProblemError } from '../problems/problem.ts';
import { type OperationId, PROBLEMS, type ProblemCode, problemsOf } from '../problems/problem-registry.ts';
import { type COMPONENTS, jsonSchema, reference } from './components.ts';
import { gatewayErrors } from './gateway-error.ts';
import { headers } from './headers.ts';

const REQUEST_ID = 'JKJaXmPLvHcESHA=';

/** One parameter for each entry of a schema, with what it means. A query parameter is described as what it is read as. */
export function parameters<Name extends string>(
  place: 'path' | 'query',
  entries: Readonly<Record<Name, v.GenericSchema>>,
  descriptions: Readonly<Record<Name, string>>,
) {
  // Object.entries forgets the type of the keys.
  return (Object.entries(entries) as [Name, v.GenericSchema][]).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path',
    description: descriptions[name],
    schema: place === 'path' ? jsonSchema(schema) : valueSchema(schema),
  }));
}

/** The schema of what a text is read as, such as a number. */
function valueSchema(schema: v.GenericSchema) {
  const json = jsonSchema(schema, 'output');
  return { ...json, ...('default' in json && { default: v.parse(schema, undefined) }) };
}

/** What an operation needs of its token. Scopes belong to OAuth 2 flows in OpenAPI, so they are told beside it. */
export function requires(...scopes: string[]) {
  return { security: [{ bearer: [] }], 'x-scopes': scopes };
}

/** A response 200 whose body is one of the named schemas. */
export function success(
  description: string,
  name: keyof typeof COMPONENTS,
  example: unknown,
  ...others: Parameters<typeof headers>
) {
  return {
    200: {
      description,
      headers: headers(...others),
      content: { 'application/json': { schema: reference(name), example } },
    },
  };
}

/** A response 200 whose body is one of several named schemas, each with an example. */
export function successOf(
  description: string,
  bodies: Partial<Record<keyof typeof COMPONENTS, unknown>>,
  ...others: Parameters<typeof headers>
) {
  // Object.keys forgets the type of the keys.
  const names = Object.keys(bodies) as (keyof typeof COMPONENTS)[];
  return {
    200: {
      description,
      headers: headers(...others),
      content: {
        'application/json': {
          schema: { oneOf: names.map(reference) },
          examples: Object.fromEntries(names.map((name) => [name, { value: bodies[name] }])),
        },
      },
    },
  };
}

/** A response 200 for people, in plain text or in HTML. */
export function text(description: string) {
  return {
    200: {
      description,
      headers: headers(),
      content: {
        'text/plain': { schema: { type: 'string' } },
        'text/html': { schema: { type: 'string' } },
      },
    },
  };
}

/** A response 200 that is a JSON object without a schema of its own. */
export function json(description: string) {
  return {
    200: {
      description,
      headers: headers(),
      content: { 'application/json': { schema: { type: 'object' } } },
    },
  };
}

/** The errors of an operation by status: the problems, each with its envelope as an example, and those of API Gateway. */
export function errors(operation: OperationId) {
  const problems = Map.groupBy(problemsOf(operation), (code): number => PROBLEMS[code].status);
  const gateway = gatewayErrors(operation);
  const statuses = [...new Set([...problems.keys(), ...gateway.keys()])].sort();
  return Object.fromEntries(
    statuses.map((status) => {
      const codes = problems.get(status) ?? [];
      const own = gateway.get(status);
      const description = [
        ...codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`),
        ...(own ? [`API Gateway's own response if ${own.when}.`] : []),
      ].join(' ');
      return [
        status,
        {
          description,
          ...(codes.length > 0 && { headers: headersOf(operation, codes) }),
          content: {
            ...(codes.length > 0 && { 'application/problem+json': problemContent(codes) }),
            ...(own && {
              'application/json': {
                schema: reference('GatewayError'),
                example: { message: own.message },
              },
            }),
          },
        },
      ];
    }),
  );
}

function headersOf(operation: OperationId, codes: readonly ProblemCode[]) {
  const isRetryable = codes.some((code) => PROBLEMS[code].retryable);
  const isOfToken = codes.some((code) => code === 'unauthenticated' || code === 'forbidden');
  const isOfAdyen = codes.some((code) => code.startsWith('upstream-') || code === 'credential-not-found');
  return headers(
    ...(isRetryable ? (['RetryAfter'] as const) : []),
    ...(isOfToken ? (['WwwAuthenticate'] as const) : []),
    // A failure of Adyen is replayed too.
    ...(operation === 'rotate' && isOfAdyen ? (['IdempotentReplayed'] as const) : []),
  );
}

function problemContent(codes: readonly ProblemCode[]) {
  return {
    schema: reference('Problem'),
    examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])),
  };
}

/** A problem as it may be, with each member that its text names. */
function exampleOf(code: ProblemCode) {
  const { next } = PROBLEMS[code];
  return envelope(
    new ProblemError(code, {
      ...(code === 'malformed-request' && {
        invalidFields: [{ name: 'reason', message: 'must be at most 256 characters long' }],
      }),
      ...(next.includes('`retryAfter`') && { retryAfter: 120 }),
      ...(next.includes('`upstream`') && {
        upstream: { status: PROBLEMS[code].status, requestId: '95BD6AEEFE8905E6' },
      }),
    }),
    REQUEST_ID,
  );
}
