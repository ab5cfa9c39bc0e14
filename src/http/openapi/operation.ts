import type * as v from 'valibot';
import { envelope, ProblemError } from '../problems/problem.ts';
import { type OperationId, PROBLEMS, problemsOf } from '../problems/problem-registry.ts';
import { type COMPONENTS, jsonSchema, reference } from './components.ts';

/** One parameter for each entry of a schema. */
export function parameters(place: 'path' | 'query', entries: Record<string, v.GenericSchema>) {
  return Object.entries(entries).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path',
    schema: jsonSchema(schema),
  }));
}

/** The security of an operation that needs a token with these scopes. */
export function requires(...scopes: string[]) {
  return [{ bearer: scopes }];
}

/** A response 200 whose body is one of the named schemas. */
export function success(
  description: string,
  name: keyof typeof COMPONENTS,
  example: unknown,
  headers?: object,
) {
  return {
    200: {
      description,
      ...(headers && { headers }),
      content: { 'application/json': { schema: reference(name), example } },
    },
  };
}

/** A response 200 in plain text. */
export function text(description: string) {
  return { 200: { description, content: { 'text/plain': { schema: { type: 'string' } } } } };
}

/** A response 200 that is a JSON object without a schema of its own. */
export function json(description: string) {
  return { 200: { description, content: { 'application/json': { schema: { type: 'object' } } } } };
}

/** The problems of an operation by status, each with the envelope that it has as an example, and API Gateway's 429. */
export function problems(operation: OperationId) {
  const byStatus = Map.groupBy(problemsOf(operation), (code) => PROBLEMS[code].status);
  const responses = [...byStatus].map(([status, codes]) => [
    status,
    {
      description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
      content: {
        'application/problem+json': {
          schema: reference('Problem'),
          examples: Object.fromEntries(
            codes.map((code) => [code, { value: envelope(new ProblemError(code), 'JKJaXmPLvHcESHA=') }]),
          ),
        },
      },
    },
  ]);
  return { ...Object.fromEntries(responses), 429: { $ref: '#/components/responses/Throttled' } };
}
