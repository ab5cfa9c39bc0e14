import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { Publish } from '../rotation/ports.ts';
import { detailOf } from './bus-events.ts';
import { putEvent } from './put-event.ts';

/** Makes the way to an EventBridge bus. Throws an error if the bus does not take the event. */
export function createPublish(client: EventBridgeClient, eventBusName: string): Publish {
  return async (event, rotation, late) =>
    putEvent(client, eventBusName, event, detailOf(event, rotation, late));
}
