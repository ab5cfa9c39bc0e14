import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Publish } from '../rotation/ports.ts';
import { detailOf } from './bus-events.ts';

/** The `source` of every event that Keyturn puts on the bus. */
export const EVENT_SOURCE = 'keyturn';

/** Makes the way to an EventBridge bus. Throws an error if the bus does not take the event. */
export function createPublish(client: EventBridgeClient, eventBusName: string): Publish {
  return async (event, rotation) => {
    const { Entries = [] } = await client.send(
      new PutEventsCommand({
        Entries: [
          {
            EventBusName: eventBusName,
            Source: EVENT_SOURCE,
            DetailType: event,
            Detail: JSON.stringify(detailOf(event, rotation)),
          },
        ],
      }),
    );
    const [entry] = Entries;
    if (entry?.ErrorCode)
      throw new Error(`the event bus ${eventBusName} refused ${event}: ${entry.ErrorCode}`);
  };
}
