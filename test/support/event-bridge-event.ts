import { randomUUID } from 'node:crypto';

/** A `RotateApiKey` event with this detail, as EventBridge delivers it. */
export function eventBridgeEvent(detail: unknown, envelope: object = {}) {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'RotateApiKey',
    source: 'ops.keys',
    account: '000000000000',
    time: '2026-11-23T12:00:00Z',
    region: 'eu-west-1',
    resources: [],
    detail,
    ...envelope,
  };
}
