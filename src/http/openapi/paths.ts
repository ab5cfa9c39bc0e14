import * as v from 'valibot';
import { ApiCredentialSchema } from '../../rotation/api-credential.ts';
import { ConsumerIdSchema } from '../../rotation/consumers.ts';
import { KEY_STATES } from '../../rotation/key-state-names.ts';
import { RotationIdSchema } from '../../rotation/rotation-id.ts';
import { CredentialListQuerySchema, ListQuerySchema } from '../history/list-query.ts';
import { PROBLEM_CODES } from '../problems/problem-registry.ts';
import { IdempotencyKeySchema } from '../rotate/rotate-request.ts';
import { StateListQuerySchema } from '../state/state-list-endpoint.ts';
import { jsonSchema, reference } from './components.ts';
import {
  ACKNOWLEDGE_EXAMPLE,
  ACKNOWLEDGE_REQUEST_EXAMPLE,
  CHECK_EXAMPLE,
  DETAIL_EXAMPLE,
  DRY_RUN_EXAMPLE,
  KEY_STATE_EXAMPLE,
  KEY_STATE_LIST_EXAMPLE,
  LIST_EXAMPLE,
  ROTATE_EXAMPLE,
  ROTATE_REQUEST_EXAMPLES,
} from './examples.ts';
import { headers } from './headers.ts';
import { errors, json, parameters, requires, success, successOf, text } from './operation.ts';

const ROTATION = 'Rotation';
const KEYS = 'Keys';
const AUDIT = 'Audit';
const SERVICE = 'Service';

export const TAGS = [
  { name: ROTATION, description: 'Make a new API key, and check the one in use.' },
  {
    name: KEYS,
    description: 'See which key is in use, how old it is, and what is in the way of the next one.',
  },
  { name: AUDIT, description: 'Read what was rotated, by whom, and how it ended.' },
  { name: SERVICE, description: 'What Keyturn says about itself. It needs no token.' },
];

const credentialParameters = parameters('path', ApiCredentialSchema.entries, {
  level: 'Whether the account is a company account or a merchant account.',
  accountId: 'The id of the account at Adyen.',
  apiCredentialId: 'The id of the API credential at Adyen.',
});

const PAGE = {
  limit: 'How many rotations a page has at most.',
  cursor:
    'Where the page begins: the `nextCursor` of the page before. The rest of the query must be the same.',
};

const states = Object.entries(KEY_STATES)
  .map(([state, meaning]) => `\`${state}\`: ${meaning}`)
  .join(' ');

/** The routes of the API. */
export const PATHS = {
  '/v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/generateApiKey': {
    post: {
      operationId: 'rotate',
      summary: 'Rotate the API key of an API credential',
      description:
        'Needs the scope `apikeys:rotate`, and a grant for the API credential. `force` also needs the scope `apikeys:force`. With `dryRun` everything is checked, and nothing is generated or recorded. There are no query parameters: an unknown one is refused, as an unknown field of the body is.',
      tags: [ROTATION],
      ...requires('apikeys:rotate'),
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
            examples: Object.fromEntries(
              Object.entries(ROTATE_REQUEST_EXAMPLES).map(([name, value]) => [name, { value }]),
            ),
          },
        },
      },
      responses: {
        ...successOf(
          'The new key and its rotation, or the rotation of an earlier request; for a dry run, its checks.',
          { RotateResponse: ROTATE_EXAMPLE, DryRunResponse: DRY_RUN_EXAMPLE },
          'IdempotentReplayed',
        ),
        204: {
          description: 'Adyen accepted the request and gave no key.',
          headers: headers('IdempotentReplayed', 'RotationId'),
        },
        ...errors('rotate'),
      },
    },
  },
  '/v1/{level}/{accountId}/apiCredentials/{apiCredentialId}': {
    get: {
      operationId: 'getKeyState',
      summary: "The state of an API credential's key",
      description: `Needs the scope \`rotations:read\`. Without a grant the API credential does not exist. \`state\` is the first of these that holds: ${states}`,
      tags: [KEYS],
      ...requires('rotations:read'),
      parameters: credentialParameters,
      responses: {
        ...success('The state.', 'KeyState', KEY_STATE_EXAMPLE),
        ...errors('getKeyState'),
      },
    },
  },
  '/v1/apiCredentials': {
    get: {
      operationId: 'listKeyStates',
      summary: 'The states of all keys that the caller may see',
      description:
        'Needs the scope `rotations:read`. Shows the API credentials that the caller has a grant for and that have had a rotation, by account and id, without their managed secrets, checks and consumers. `state` and `dueBefore` leave out entries of a page that was read: a page may be short, or empty, and have a `nextCursor`.',
      tags: [KEYS],
      ...requires('rotations:read'),
      parameters: parameters('query', StateListQuerySchema.entries, {
        limit: 'How many API credentials a page reads at most.',
        cursor: PAGE.cursor,
        state: 'Only those with this state.',
        dueBefore: 'Only those whose key reaches `KEY_MAX_AGE_DAYS` before this time.',
      }),
      responses: {
        ...success('A page of states.', 'KeyStateList', KEY_STATE_LIST_EXAMPLE),
        ...errors('listKeyStates'),
      },
    },
  },
  '/v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/consumers/{consumerId}': {
    put: {
      operationId: 'acknowledge',
      summary: 'Say which key a consumer uses now',
      description:
        'Needs the scope `apikeys:acknowledge`, and a grant for the API credential. The same again changes nothing but the time. A consumer that says nothing for 90 days is forgotten. Never send the key itself.',
      tags: [KEYS],
      ...requires('apikeys:acknowledge'),
      parameters: [
        ...credentialParameters,
        ...parameters(
          'path',
          { consumerId: ConsumerIdSchema },
          { consumerId: 'The name that the consumer gives itself.' },
        ),
      ],
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: reference('AcknowledgeRequest'),
            example: ACKNOWLEDGE_REQUEST_EXAMPLE,
          },
        },
      },
      responses: {
        ...success('What is noted.', 'AcknowledgeResponse', ACKNOWLEDGE_EXAMPLE),
        ...errors('acknowledge'),
      },
    },
  },
  '/v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/check': {
    post: {
      operationId: 'checkKey',
      summary: 'Check the key in use of an API credential',
      description:
        'Needs the scope `apikeys:rotate`, and a grant for the API credential, which must have a managed secret. Asks Adyen whether the key in use works, three times before it counts as dead, and starts its replacement if it does not. There is no body, and there are no query parameters.',
      tags: [ROTATION],
      ...requires('apikeys:rotate'),
      parameters: credentialParameters,
      responses: {
        ...success('What was seen of the key in use.', 'CheckResponse', CHECK_EXAMPLE),
        ...errors('checkKey'),
      },
    },
  },
  '/v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/rotations': {
    get: {
      operationId: 'listRotationsOfCredential',
      summary: 'The rotations of an API credential, newest first',
      description:
        'Needs the scope `rotations:read`. Without a grant for the API credential the list is empty.',
      tags: [AUDIT],
      ...requires('rotations:read'),
      parameters: [...credentialParameters, ...parameters('query', CredentialListQuerySchema.entries, PAGE)],
      responses: {
        ...success('A page of rotations.', 'RotationList', LIST_EXAMPLE),
        ...errors('listRotationsOfCredential'),
      },
    },
  },
  '/v1/rotations': {
    get: {
      operationId: 'listRotations',
      summary: 'All rotations that the caller may see, newest first',
      description:
        'Needs the scope `rotations:read`. Shows the rotations of the API credentials that the caller has a grant for.',
      tags: [AUDIT],
      ...requires('rotations:read'),
      parameters: parameters('query', ListQuerySchema.entries, {
        ...PAGE,
        from: 'Only those that were requested at this time or later. At most milliseconds.',
        to: 'Only those that were requested before this time. At most milliseconds.',
        status: 'Only those with this status.',
      }),
      responses: {
        ...success('A page of rotations.', 'RotationList', LIST_EXAMPLE),
        ...errors('listRotations'),
      },
    },
  },
  '/v1/rotations/{rotationId}': {
    get: {
      operationId: 'getRotation',
      summary: 'One rotation',
      description:
        'Needs the scope `rotations:read`. Without a grant for its API credential the rotation does not exist.',
      tags: [AUDIT],
      ...requires('rotations:read'),
      parameters: parameters(
        'path',
        { rotationId: RotationIdSchema },
        { rotationId: 'The `id` of the rotation.' },
      ),
      responses: {
        ...success('The rotation.', 'RotationDetail', DETAIL_EXAMPLE),
        ...errors('getRotation'),
      },
    },
  },
  '/problems': {
    get: {
      operationId: 'listProblems',
      summary: 'List the problem codes for a person',
      description: 'In HTML for a client that prefers it, such as a browser.',
      tags: [SERVICE],
      security: [],
      responses: { ...text('The codes.'), ...errors('listProblems') },
    },
  },
  '/problems/{code}': {
    get: {
      operationId: 'explainProblem',
      summary: 'Explain a problem code to a person',
      description:
        'The `type` of a problem leads here. In HTML for a client that prefers it, such as a browser. [All codes](/problems).',
      tags: [SERVICE],
      security: [],
      parameters: parameters(
        'path',
        { code: v.picklist(PROBLEM_CODES) },
        { code: 'The `code` of a problem.' },
      ),
      responses: { ...text('The explanation.'), ...errors('explainProblem') },
    },
  },
  '/health': {
    get: {
      operationId: 'health',
      summary: 'Check that Keyturn responds',
      description: 'Calls nothing else: not Adyen, and no service of AWS.',
      tags: [SERVICE],
      security: [],
      responses: { ...json('Keyturn responds.'), ...errors('health') },
    },
  },
  '/openapi.json': {
    get: {
      operationId: 'openapi',
      summary: 'This document',
      description: 'Made from the schemas that validate the requests.',
      tags: [SERVICE],
      security: [],
      responses: { ...json('The document.'), ...errors('openapi') },
    },
  },
};
