import type {
  FailedRotation,
  StartedRotation,
  SucceededRotation,
  UnknownRotation,
} from '../../src/rotation/rotation.ts';

export const NOON = Date.parse('2026-11-23T12:00:00.000Z');

export const rules = {
  minIntervalMs: 86_400_000,
  quarantineMs: 120_000,
  propagationMs: 300_000,
  verificationMs: 3_600_000,
};

export const credential = {
  level: 'merchants',
  accountId: 'ACME_NL',
  apiCredentialId: 'S2-5A4E4C0F2B3D',
} as const;

const started: StartedRotation = {
  id: '0198c0de-0000-7000-8000-000000000001',
  status: 'started',
  credential,
  number: 1,
  requestedAt: '2026-11-23T12:00:00.000Z',
  requestedBy: { source: 'http', subject: 'local-app', clientId: 'local-app', sourceIp: '127.0.0.1' },
  force: false,
  requestId: 'gateway-request-1',
  leaseExpiresAt: '2026-11-23T12:01:00.000Z',
  timeline: [{ at: '2026-11-23T12:00:00.000Z', event: 'started' }],
};

const ended = { ...started, completedAt: '2026-11-23T12:00:01.000Z', chain: 'sha256:00' };
const upstream = { status: 200, attempts: 1, durationMs: 80 };

export const aStarted = (fields: Partial<StartedRotation> = {}): StartedRotation => ({
  ...started,
  ...fields,
});

export const aSucceeded = (fields: Partial<SucceededRotation> = {}): SucceededRotation => ({
  ...ended,
  status: 'succeeded',
  upstream,
  key: {
    fingerprint: 'sha256:9f2c000000000000',
    usableFrom: '2026-11-23T12:05:01.000Z',
    previousKeyExpiresAt: '2026-11-24T12:00:01.000Z',
  },
  ...fields,
});

export const aFailed = (fields: Partial<FailedRotation> = {}): FailedRotation => ({
  ...ended,
  status: 'failed',
  code: 'upstream-validation',
  upstream: { ...upstream, status: 422 },
  ...fields,
});

export const anUnknown = (fields: Partial<UnknownRotation> = {}): UnknownRotation => ({
  ...ended,
  status: 'unknown',
  code: 'upstream-timeout',
  upstream: { attempts: 1, durationMs: 10_000 },
  quarantinedUntil: '2026-11-23T12:02:01.000Z',
  ...fields,
});
