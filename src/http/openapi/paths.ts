import * as v from 'valibot';
import { ApiCredentialSchema } from '../../rotation/api-credential.ts';
import { RotationIdSchema } from '../../rotation/rotation-id.ts';
import { CredentialListQuerySchema, ListQuerySchema } from '../history/list-query.ts';
import { PROBLEM_CODES } from '../problems/problem-registry.ts';
import { IdempotencyKeySchema } from '../rotate/rotate-request.ts';
import { jsonSchema, reference } from './components.ts';
import { DETAIL_EXAMPLE, LIST_EXAMPLE, ROTATE_EXAMPLE, ROTATE_REQUEST_EXAMPLE } from './examples.ts';
import { json, parameters, problems, requires, success, text } from './operation.ts';

const credentialParameters = parameters('path', ApiCredentialSchema.entries);

/** The routes of the API. */
export const PATHS = {
  '/v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/generateApiKey': {
    post: {
      operationId: 'rotate',
      summary: 'Rotate the API key of an API credential',
      description: '`force` also needs the scope `apikeys:force`.',
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
          'application/json': { schema: reference('RotateRequest'), example: ROTATE_REQUEST_EXAMPLE },
        },
      },
      responses: {
        ...success(
          'The new key and its rotation, or the rotation of an earlier request.',
          'RotateResponse',
          ROTATE_EXAMPLE,
          {
            'Idempotent-Replayed': {
              description: 'Present if the rotation is that of an earlier request.',
              schema: { const: 'true' },
            },
          },
        ),
        204: { description: 'Adyen accepted the request and gave no key.' },
        ...problems('rotate'),
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
        ...problems('listRotationsOfCredential'),
      },
    },
  },
  '/v1/rotations': {
    get: {
      operationId: 'listRotations',
      summary: 'All rotations that the caller may see, newest first',
      description: '`from` is inclusive, `to` is exclusive.',
      security: requires('rotations:read'),
      parameters: parameters('query', ListQuerySchema.entries),
      responses: {
        ...success('A page of rotations.', 'RotationList', LIST_EXAMPLE),
        ...problems('listRotations'),
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
        ...problems('getRotation'),
      },
    },
  },
  '/problems/{code}': {
    get: {
      operationId: 'explainProblem',
      summary: 'Explain a problem code to a person',
      security: [],
      parameters: parameters('path', { code: v.picklist(PROBLEM_CODES) }),
      responses: { ...text('The explanation.'), ...problems('explainProblem') },
    },
  },
  '/health': {
    get: {
      operationId: 'health',
      summary: 'Check that Keyturn responds',
      security: [],
      responses: { ...json('Keyturn responds.'), ...problems('health') },
    },
  },
  '/openapi.json': {
    get: {
      operationId: 'openapi',
      summary: 'This document',
      security: [],
      responses: { ...json('The document.'), ...problems('openapi') },
    },
  },
};
