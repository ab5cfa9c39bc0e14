import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { ReportDeadKey } from '../rotation/ports.ts';
import { putEvent } from './put-event.ts';

/** Makes the way from a key check to the workflow: an `ApiKeyDead` event on the bus. */
export function createReportDeadKey(client: EventBridgeClient, eventBusName: string): ReportDeadKey {
  return (dead) => putEvent(client, eventBusName, 'ApiKeyDead', dead);
}
