import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { ApiCredentialSchema } from '../../rotation/api-credential.ts';
import { RotationIdSchema } from '../../rotation/rotation-id.ts';
import { VERSION } from '../../version.ts';
import { CredentialListQuerySchema, ListQuerySchema } from '../history/list-query.ts';
import { RotationDetailSchema, RotationListSchema } from '../history/rotation-detail.ts';
import { envelope, ProblemError, ProblemSchema } from '../problems/problem.ts';
import { PROBLEM_CODES, PROBLEMS, type ProblemCode } from '../problems/problem-registry.ts';
import { IdempotencyKeySchema, RotateBodySchema } from '../rotate/rotate-request.ts';
import { RotateResponseSchema } from '../rotate/rotation-summary.ts';
import { DETAIL_EXAMPLE, LIST_EXAMPLE, ROTATE_EXAMPLE } from './examples.ts';

/** The schemas that the document names: those that validate requests and answers. */
export const COMPONENTS = {
  RotateRequest: RotateBodySchema,
  RotateResponse: RotateResponseSchema,
  RotationDetail: RotationDetailSchema,
  RotationList: RotationListSchema,
  Problem: ProblemSchema,
} as const;

/** What any route with a token can end in, whatever it does. */
const ALWAYS = ['unauthenticated', 'forbidden', 'issuer-unavailable', 'internal', 'timeout'] as const;
const READING = [...ALWAYS, 'malformed-request', 'audit-unavailable'] as const;
/** What a rotation over HTTP does not end in: it is for reads, or for events. */
const NOT_ROTATING: readonly ProblemCode[] = [
  'not-found',
  'invalid-cursor',
  'no-managed-secret',
  'key-undelivered',
];

const jsonSchema = (schema: v.GenericSchema) => {
  const { $schema: _dialect, ...rest } = toJsonSchema(schema, {
    typeMode: 'input',
    errorMode: 'ignore',
    target: 'draft-2020-12',
  });
  return rest;
};

const reference = (name: keyof typeof COMPONENTS) => ({ $ref: `#/components/schemas/${name}` });

const parameters = (place: 'path' | 'query', entries: Record<string, v.GenericSchema>) =>
  Object.entries(entries).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path',
    schema: jsonSchema(schema),
  }));

const credentialParameters = parameters('path', ApiCredentialSchema.entries);

const success = (description: string, name: keyof typeof COMPONENTS, example: unknown, headers?: object) => ({
  200: {
    description,
    ...(headers && { headers }),
    content: { 'application/json': { schema: reference(name), example } },
  },
});

/** The problems by status, each with an example that is the very envelope. */
function problems(codes: readonly ProblemCode[]) {
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  const responses = [...byStatus].map(([status, all]) => [
    status,
    {
      description: all.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
      content: {
        'application/problem+json': {
          schema: reference('Problem'),
          examples: Object.fromEntries(
            all.map((code) => [code, { value: envelope(new ProblemError(code), 'JKJaXmPLvHcESHA=') }]),
          ),
        },
      },
    },
  ]);
  return { ...Object.fromEntries(responses), 429: { $ref: '#/components/responses/Throttled' } };
}

const text = (description: string) => ({
  200: { description, content: { 'text/plain': { schema: { type: 'string' } } } },
});
const json = (description: string) => ({
  200: { description, content: { 'application/json': { schema: { type: 'object' } } } },
});
const requires = (...scopes: string[]) => [{ bearer: scopes }];

/** The OpenAPI 3.1 document of the API, from the schemas that validate it. */
export function openApiDocument() {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Keyturn',
      version: VERSION,
      description: 'Rotates Adyen API keys for callers who must not hold the management credential.',
      license: { name: 'Proprietary', identifier: 'LicenseRef-Proprietary' },
    },
    servers: [{ url: '/', description: 'Where this document is.' }],
    paths: {
      '/v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/generateApiKey': {
        post: {
          operationId: 'rotate',
          summary: 'Rotate the API key of an API credential',
          description: '`force` needs the scope `apikeys:force` besides.',
          security: requires('apikeys:rotate'),
          parameters: [
            ...credentialParameters,
            {
              name: 'Idempotency-Key',
              in: 'header',
              description: 'For 24 hours the same key of the same caller is the same rotation.',
              schema: jsonSchema(IdempotencyKeySchema),
            },
          ],
          requestBody: {
            content: {
              'application/json': {
                schema: reference('RotateRequest'),
                example: { reason: 'Quarterly rotation' } satisfies v.InferInput<typeof RotateBodySchema>,
              },
            },
          },
          responses: {
            ...success(
              'The new key, or the rotation of an earlier request without it.',
              'RotateResponse',
              ROTATE_EXAMPLE,
              {
                'Idempotent-Replayed': {
                  description: 'There if the rotation is that of an earlier request.',
                  schema: { const: 'true' },
                },
              },
            ),
            204: { description: 'Adyen accepted and gave no key.' },
            ...problems(PROBLEM_CODES.filter((code) => !NOT_ROTATING.includes(code))),
          },
        },
      },
      '/v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/rotations': {
        get: {
          operationId: 'listRotationsOfCredential',
          summary: 'The rotations of an API credential, newest first',
          security: requires('rotations:read'),
          parameters: [...credentialParameters, ...parameters('query', CredentialListQuerySchema.entries)],
          responses: {
            ...success('A page of rotations.', 'RotationList', LIST_EXAMPLE),
            ...problems([...READING, 'invalid-cursor']),
          },
        },
      },
      '/v1/rotations': {
        get: {
          operationId: 'listRotations',
          summary: 'All rotations that the caller may see, newest first',
          description: '`from` is inclusive, `to` is not.',
          security: requires('rotations:read'),
          parameters: parameters('query', ListQuerySchema.entries),
          responses: {
            ...success('A page of rotations.', 'RotationList', LIST_EXAMPLE),
            ...problems([...READING, 'invalid-cursor']),
          },
        },
      },
      '/v1/rotations/{rotationId}': {
        get: {
          operationId: 'getRotation',
          summary: 'One rotation',
          security: requires('rotations:read'),
          parameters: parameters('path', { rotationId: RotationIdSchema }),
          responses: {
            ...success('The rotation.', 'RotationDetail', DETAIL_EXAMPLE),
            ...problems([...ALWAYS, 'audit-unavailable', 'not-found']),
          },
        },
      },
      '/problems/{code}': {
        get: {
          operationId: 'explainProblem',
          summary: 'What a problem code means, for a person',
          security: [],
          parameters: parameters('path', { code: v.picklist(PROBLEM_CODES) }),
          responses: { ...text('The explanation.'), ...problems(['not-found', 'internal', 'timeout']) },
        },
      },
      '/health': {
        get: {
          operationId: 'health',
          summary: 'Says that Keyturn answers',
          security: [],
          responses: { ...json('It does.'), ...problems(['internal', 'timeout']) },
        },
      },
      '/openapi.json': {
        get: {
          operationId: 'openapi',
          summary: 'This document',
          security: [],
          responses: { ...json('The document.'), ...problems(['internal', 'timeout']) },
        },
      },
    },
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'An access token of the OpenID Connect issuer, with the scopes that the operation names.',
        },
      },
      responses: {
        Throttled: {
          description: 'API Gateway throttles. The answer is its own.',
          content: {
            'application/json': {
              schema: { type: 'object', properties: { message: { type: 'string' } } },
            },
          },
        },
      },
      schemas: Object.fromEntries(
        Object.entries(COMPONENTS).map(([name, schema]) => [name, jsonSchema(schema)]),
      ),
    },
  };
}
