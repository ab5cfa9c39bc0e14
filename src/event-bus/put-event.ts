import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';

import { KEYTURN } from '../rotation/replay.ts';

/** Puts one event on a bus. Throws an error if the bus does not take it. */
export async function putEvent(
  client: EventBridgeClient,
  eventBusName: string,
  type: string,
  detail: object,
): Promise<void> {
  const { Entries = [] } = await client.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: eventBusName,
          Source: KEYTURN,
          DetailType: type,
          Detail: JSON.stringify(detail),
        },
      ],
    }),
  );
  const [entry] = Entries;
  if (entry?.ErrorCode) throw new Error(`the event bus ${eventBusName} refused ${type}: ${entry.ErrorCode}`);
}
