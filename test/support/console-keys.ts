import { createHash } from 'node:crypto';
import type { RotationDetail } from '../../src/http/history/rotation-detail.ts';
import type { KeyStateName } from '../../src/rotation/key-state-names.ts';
import type { KeyState } from '../../src/rotation/key-state-schema.ts';

/** The time at which the keys below are looked at. */
export const NOW = Date.parse('2026-11-25T14:00:00.000Z');

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const ago = (ms: number) => new Date(NOW - ms).toISOString();
const ahead = (ms: number) => ago(-ms);
const hash = (text: string) => createHash('sha256').update(text).digest('hex');
const fingerprint = (name: string) => `sha256:${hash(name).slice(0, 16)}`;
const idOf = (name: string) => {
  const hex = hash(`rotation ${name}`);
  return `01a2${hex.slice(0, 4)}-${hex.slice(4, 8)}-7${hex.slice(8, 11)}-8${hex.slice(11, 14)}-${hex.slice(14, 26)}`;
};

type Made = Pick<KeyState, 'keyInUse' | 'lastRotation' | 'dueAt'>;

/** A key that came into use: issued so long ago, usable five minutes later and in use soon after. */
function made(name: string, age: number, number = 3): Made {
  return {
    keyInUse: {
      keyFingerprint: fingerprint(name),
      rotationId: idOf(name),
      number,
      issuedAt: ago(age),
      usableFrom: ago(age - 5 * MINUTE),
      since: ago(age - 5.5 * MINUTE),
      ageSeconds: Math.floor(age / 1000),
      versionId: idOf(name),
    },
    lastRotation: { id: idOf(name), number, status: 'succeeded', requestedAt: ago(age + 900) },
    dueAt: ago(age - 90 * DAY),
  };
}

const pending = (name: string, age: number) => ({
  keyFingerprint: fingerprint(`pending ${name}`),
  rotationId: idOf(`pending ${name}`),
  number: 4,
  issuedAt: ago(age),
  usableFrom: ago(age - 5 * MINUTE),
  versionId: idOf(`pending ${name}`),
});

function keyOf(name: string, state: KeyStateName, rest: Partial<KeyState>, accountId = 'ACME_NL'): KeyState {
  return {
    credential: { level: 'merchants', accountId, apiCredentialId: name },
    state,
    consumers: [],
    managedSecret: { id: `keyturn/keys/${accountId}/${name}`, current: idOf(name) },
    ...rest,
  };
}

const consumer = (consumerId: string, key: KeyState['consumers'][number]['key'], of: string, number = 3) => ({
  consumerId,
  keyFingerprint: fingerprint(of),
  rotationNumber: number,
  since: ago(key === 'earlier' ? 40 * DAY : 2 * HOUR),
  acknowledgedAt: ago(20 * MINUTE),
  key,
});

const CHECKOUT = 'S2-CHECKOUT-EU';

/** One key in each state, and more that are all right, in no order. */
export const KEYS: readonly KeyState[] = [
  keyOf('S2-BACKOFFICE', 'ok', {
    ...made('S2-BACKOFFICE', 20 * DAY),
    consumers: [consumer('backoffice', 'in-use', 'x')],
  }),
  keyOf(CHECKOUT, 'overlap', {
    ...made(CHECKOUT, 8 * HOUR, 7),
    previousKeyExpiresAt: ahead(16 * HOUR),
    overlap: { until: ahead(16 * HOUR) },
    lastCheck: { at: ago(12 * MINUTE), result: 'works', detail: 'GET /me answered 403' },
    consumers: [
      consumer('checkout-eu-1', 'in-use', CHECKOUT, 7),
      consumer('checkout-eu-2', 'in-use', CHECKOUT, 7),
      consumer('fraud-scoring', 'earlier', 'old', 5),
    ],
  }),
  keyOf(
    'S2-POS-BERLIN',
    'dead',
    {
      ...made('S2-POS-BERLIN', 31 * HOUR),
      lastCheck: { at: ago(3 * MINUTE), result: 'dead', detail: 'GET /me answered 401' },
      consumers: [consumer('pos-gateway', 'in-use', 'S2-POS-BERLIN')],
    },
    'ACME_DE',
  ),
  keyOf('S2-PAYOUTS', 'pending', {
    ...made('S2-PAYOUTS', 88 * DAY),
    pendingKey: pending('S2-PAYOUTS', 2 * MINUTE),
    previousKeyExpiresAt: ahead(24 * HOUR - 2 * MINUTE),
    lastRotation: {
      id: idOf('pending S2-PAYOUTS'),
      number: 4,
      status: 'succeeded',
      requestedAt: ago(2 * MINUTE),
    },
    consumers: [consumer('payout-batch', 'in-use', 'S2-PAYOUTS')],
  }),
  keyOf(
    'S2-REPORTS',
    'stalled',
    {
      ...made('S2-REPORTS', 60 * DAY),
      pendingKey: pending('S2-REPORTS', 7 * HOUR),
      previousKeyExpiresAt: ahead(17 * HOUR),
      lastRotation: {
        id: idOf('pending S2-REPORTS'),
        number: 4,
        status: 'succeeded',
        requestedAt: ago(7 * HOUR),
      },
      consumers: [consumer('report-mailer', 'in-use', 'S2-REPORTS'), consumer('ledger', 'earlier', 'old', 2)],
    },
    'ACME_FR',
  ),
  keyOf(
    'S2-LOYALTY',
    'quarantined',
    {
      ...made('S2-LOYALTY', 5 * DAY),
      lastRotation: {
        id: idOf('unknown S2-LOYALTY'),
        number: 4,
        status: 'unknown',
        requestedAt: ago(MINUTE),
        code: 'upstream-timeout',
      },
      quarantine: { until: ahead(MINUTE), rotationId: idOf('unknown S2-LOYALTY') },
    },
    'ACME_DE',
  ),
  keyOf('S2-SUBSCRIPTIONS', 'due', {
    ...made('S2-SUBSCRIPTIONS', 92 * DAY),
    consumers: [consumer('billing', 'in-use', 'S2-SUBSCRIPTIONS')],
  }),
  keyOf('S2-WEBHOOKS', 'due', { ...made('S2-WEBHOOKS', 71 * DAY) }, 'ACME_FR'),
  keyOf('S2-KIOSK', 'ok', { ...made('S2-KIOSK', 22 * HOUR) }, 'ACME_DE'),
  keyOf(
    'S2-TERMINALS',
    'ok',
    { ...made('S2-TERMINALS', 41 * DAY), consumers: [consumer('pos-gateway', 'in-use', 'S2-TERMINALS')] },
    'ACME_DE',
  ),
];

/** So many keys, all different. */
export function manyKeys(count: number): KeyState[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `S2-${String(index + 1).padStart(5, '0')}`;
    const overlaps = index % 40 === 7;
    const age = overlaps ? 6 * HOUR : (index % 80) * DAY + 2 * DAY;
    const end = ahead(18 * HOUR);
    return keyOf(name, overlaps ? 'overlap' : 'ok', {
      ...made(name, age),
      ...(overlaps && { previousKeyExpiresAt: end, overlap: { until: end } }),
    });
  });
}

const seal = (text: string) => `sha256:${hash(text)}`;

/** The rotations of the key that overlaps, newest first: it worked, failed, and had an unknown outcome before. */
export const ROTATIONS: readonly RotationDetail[] = [
  {
    ...succeeded(7, 8 * HOUR, 'Quarterly rotation'),
    id: idOf(CHECKOUT),
  },
  {
    ...common(6, 8 * HOUR + 20 * MINUTE, 'Quarterly rotation'),
    status: 'failed',
    code: 'upstream-forbidden',
    completedAt: ago(8 * HOUR + 20 * MINUTE - 300),
    upstream: {
      status: 403,
      errorCode: '00_403',
      title: 'Forbidden',
      detail: 'You do not have the rights to do this.',
      requestId: '95BD6AEEFE8905E7',
      attempts: 1,
      durationMs: 231,
    },
    chain: seal('6'),
    timeline: [
      { at: ago(8 * HOUR + 20 * MINUTE), event: 'started' },
      { at: ago(8 * HOUR + 20 * MINUTE - 300), event: 'failed', detail: 'upstream-forbidden' },
    ],
  },
  succeeded(5, 9 * DAY, 'After the outage'),
  {
    ...common(4, 9 * DAY + 5 * MINUTE, 'Quarterly rotation'),
    status: 'unknown',
    code: 'upstream-timeout',
    completedAt: ago(9 * DAY + 5 * MINUTE - 10_000),
    quarantinedUntil: ago(9 * DAY + 3 * MINUTE),
    upstream: { attempts: 1, durationMs: 10_004 },
    chain: seal('4'),
    timeline: [
      { at: ago(9 * DAY + 5 * MINUTE), event: 'started' },
      { at: ago(9 * DAY + 5 * MINUTE - 10_000), event: 'unknown', detail: 'upstream-timeout' },
    ],
  },
  succeeded(3, 98 * DAY, 'Quarterly rotation'),
];

function common(number: number, age: number, reason: string) {
  return {
    id: idOf(`${CHECKOUT} ${number}`),
    number,
    credential: { level: 'merchants', accountId: 'ACME_NL', apiCredentialId: CHECKOUT } as const,
    requestedAt: ago(age),
    requestedBy: {
      source: 'http',
      subject: 'anna@acme.example',
      clientId: 'keyturn-console',
      sourceIp: '192.0.2.7',
    } as const,
    reason,
    force: false,
    requestId: `JKJaXmPLvHcESH${number}=`,
  };
}

function succeeded(number: number, age: number, reason: string): RotationDetail {
  const issued = age - 240;
  return {
    ...common(number, age, reason),
    status: 'succeeded',
    completedAt: ago(issued),
    usableFrom: ago(issued - 5 * MINUTE),
    previousKeyExpiresAt: ago(issued - DAY),
    keyFingerprint: fingerprint(`${CHECKOUT} ${number}`),
    secret: {
      arn: `arn:aws:secretsmanager:eu-west-1:123456789012:secret:keyturn/keys/ACME_NL/${CHECKOUT}-a1b2c3`,
      versionId: idOf(`${CHECKOUT} ${number}`),
      stage: 'AWSPENDING',
    },
    upstream: { status: 200, requestId: '95BD6AEEFE8905E6', attempts: 1, durationMs: 212 },
    chain: seal(`${number}`),
    timeline: [
      { at: ago(age), event: 'started' },
      { at: ago(issued), event: 'succeeded', detail: 'the key was stored' },
      {
        at: ago(issued - 5.4 * MINUTE),
        event: 'verified',
        detail: 'GET /me answered 403',
        chain: seal(`v${number}`),
      },
      { at: ago(issued - 5.5 * MINUTE), event: 'promoted', chain: seal(`p${number}`) },
    ],
  };
}
