import type * as v from 'valibot';
import type { RotationListSchema, RotationRecord } from './rotation-record.ts';
import type { RotateAnswerSchema } from './rotation-view.ts';

const credential = { level: 'merchants', accountId: 'ACME_NL', apiCredentialId: 'S2-5A4E4C0F2B3D' } as const;

const rotation = {
  id: '01a209c9-b829-73cb-ae09-044a487139f9',
  status: 'succeeded',
  credential,
  requestedAt: '2026-11-23T19:02:24.590Z',
  completedAt: '2026-11-23T19:02:24.607Z',
  usableFrom: '2026-11-23T19:07:24.607Z',
  previousKeyExpiresAt: '2026-11-24T19:02:24.607Z',
  keyFingerprint: 'sha256:ff0c484c1ee311b6',
} as const;

/** What the OpenAPI document shows of the answers. */
export const ROTATE_EXAMPLE: v.InferOutput<typeof RotateAnswerSchema> = { apiKey: 'AQE…', rotation };

export const RECORD_EXAMPLE: RotationRecord = {
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
  chain: 'sha256:ef0762695136e9210049c773b339c678dd4166cc277b8e144fbe2322c45522b6',
  timeline: [
    { at: rotation.requestedAt, event: 'started' },
    { at: rotation.completedAt, event: 'succeeded' },
  ],
};

export const LIST_EXAMPLE: v.InferOutput<typeof RotationListSchema> = {
  rotations: [RECORD_EXAMPLE],
  nextCursor: 'Nw',
};
