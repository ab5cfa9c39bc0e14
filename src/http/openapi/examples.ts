import type * as v from 'valibot';
import type { Consumer } from '../../rotation/consumers.ts';
import type { KeyState, KeyStateListSchema, KeyStateSummary } from '../../rotation/key-state-schema.ts';
import type { CheckResponse } from '../check/check-response.ts';
import type { AcknowledgeBodySchema, AcknowledgeResponseSchema } from '../consumers/acknowledge-endpoint.ts';
import type { RotationDetail, RotationListSchema } from '../history/rotation-detail.ts';
import type { DryRunResponse } from '../rotate/dry-run-response.ts';
import type { RotateBodySchema } from '../rotate/rotate-request.ts';
import type { RotateResponseSchema } from '../rotate/rotate-response.ts';

const credential = { level: 'merchants', accountId: 'ACME_NL', apiCredentialId: 'S2-5A4E4C0F2B3D' } as const;

const rotation = {
  id: '01a209c9-b829-73cb-ae09-044a487139f9',
  status: 'succeeded',
  credential,
  requestedAt: '2026-11-23T19:02:24.590Z',
  completedAt: '2026-11-23T19:02:24.607Z',
  usableFrom: '2026-11-23T19:07:24.607Z',
  previousKeyExpiresAt: '2026-11-24T19:02:24.590Z',
  keyFingerprint: 'sha256:ff0c484c1ee311b6',
} as const;

const secret = {
  arn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:keyturn/keys/ACME_NL/S2-5A4E4C0F2B3D-a1b2c3',
  versionId: rotation.id,
  stage: 'AWSPENDING',
} as const;

// The examples in the OpenAPI document.

export const ROTATE_REQUEST_EXAMPLES = {
  rotation: { reason: 'Quarterly rotation' },
  'dry-run': { dryRun: true },
} satisfies Record<string, v.InferInput<typeof RotateBodySchema>>;

export const ROTATE_EXAMPLE: v.InferOutput<typeof RotateResponseSchema> = {
  apiKey: 'AQE…',
  rotation: { ...rotation, secret },
};

export const DRY_RUN_EXAMPLE: DryRunResponse = {
  dryRun: true,
  wouldRotate: false,
  checks: [
    { name: 'grant', outcome: 'passed', detail: 'The caller has a grant for the API credential.' },
    {
      name: 'overlap',
      outcome: 'failed',
      detail:
        'The last key was issued so recently that some consumers may still use the previous key. A rotation would be refused until 2026-11-24T19:02:24.607Z. Wait, or send `"force": true` with the scope `apikeys:force`.',
      code: 'overlap-active',
    },
    {
      name: 'managed-secret',
      outcome: 'skipped',
      detail: 'The API credential has no managed secret. Only the caller of a rotation gets the new key.',
    },
  ],
};

export const CHECK_EXAMPLE: CheckResponse = {
  result: 'works',
  seen: 'GET /me answered 403',
  versionId: rotation.id,
  keyFingerprint: rotation.keyFingerprint,
  checkedAt: '2026-11-24T08:00:00.000Z',
};

export const DETAIL_EXAMPLE: RotationDetail = {
  ...rotation,
  number: 7,
  requestedBy: {
    source: 'http',
    subject: 'checkout-service',
    clientId: 'checkout-service',
    sourceIp: '192.0.2.1',
  },
  reason: 'Quarterly rotation',
  force: false,
  requestId: 'JKJaXmPLvHcESHA=',
  upstream: { status: 200, requestId: '95BD6AEEFE8905E6', attempts: 1, durationMs: 212 },
  secret,
  chain: 'sha256:ef0762695136e9210049c773b339c678dd4166cc277b8e144fbe2322c45522b6',
  timeline: [
    { at: rotation.requestedAt, event: 'started' },
    { at: rotation.completedAt, event: 'succeeded', detail: 'the key was stored' },
    {
      at: '2026-11-23T19:07:25.114Z',
      event: 'verified',
      detail: 'GET /me answered 403',
      chain: 'sha256:58b1266ddeabae9a1432e4bfb82e8468c72410ad43ca992b4f5356c121106621',
    },
    {
      at: '2026-11-23T19:07:25.140Z',
      event: 'promoted',
      chain: 'sha256:20ca544adc1bab5ab32d0e6f3a9de5c37ae0276c645391890ab30ef534b79d9f',
    },
  ],
};

export const LIST_EXAMPLE: v.InferOutput<typeof RotationListSchema> = {
  rotations: [DETAIL_EXAMPLE],
  nextCursor: 'Nw',
};

const CONSUMER: Consumer = {
  consumerId: 'checkout-eu',
  keyFingerprint: rotation.keyFingerprint,
  rotationNumber: 7,
  since: '2026-11-23T19:12:02.318Z',
  acknowledgedAt: '2026-11-24T09:00:00.112Z',
};

export const ACKNOWLEDGE_REQUEST_EXAMPLE: v.InferInput<typeof AcknowledgeBodySchema> = {
  keyFingerprint: rotation.keyFingerprint,
};

export const ACKNOWLEDGE_EXAMPLE: v.InferOutput<typeof AcknowledgeResponseSchema> = {
  ...CONSUMER,
  rotationId: rotation.id,
};

const KEY_STATE_SUMMARY: KeyStateSummary = {
  credential,
  state: 'overlap',
  keyInUse: {
    keyFingerprint: rotation.keyFingerprint,
    rotationId: rotation.id,
    number: 7,
    issuedAt: rotation.completedAt,
    usableFrom: rotation.usableFrom,
    versionId: secret.versionId,
    since: '2026-11-23T19:07:25.140Z',
    ageSeconds: 53_855,
  },
  previousKeyExpiresAt: rotation.previousKeyExpiresAt,
  overlap: { until: '2026-11-24T19:02:24.607Z' },
  lastRotation: {
    id: rotation.id,
    number: 7,
    status: rotation.status,
    requestedAt: rotation.requestedAt,
  },
};

export const KEY_STATE_LIST_EXAMPLE: v.InferOutput<typeof KeyStateListSchema> = {
  apiCredentials: [KEY_STATE_SUMMARY],
  nextCursor: 'bWVyY2hhbnRzL0FDTUVfTkwjUzItNUE0RTRDMEYyQjNE',
};

export const KEY_STATE_EXAMPLE: KeyState = {
  ...KEY_STATE_SUMMARY,
  lastCheck: { at: '2026-11-23T19:07:25.114Z', result: 'works', detail: 'GET /me answered 403' },
  consumers: [{ ...CONSUMER, key: 'in-use' }],
  managedSecret: {
    id: 'keyturn/keys/ACME_NL/S2-5A4E4C0F2B3D',
    arn: secret.arn,
    current: secret.versionId,
    previous: '01a0a8c2-5f0e-7c1d-8d2f-5f6b7c8d9e0f',
  },
};
