import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type * as v from 'valibot';
import type { RotateApiKeySchema } from '../event-bus/rotate-api-key.ts';

/** Puts a `RotateApiKey` event on the bus, and returns its id. Throws an error if the bus does not take it. */
export async function putRotateEvent(
  client: EventBridgeClient,
  eventBusName: string,
  source: string,
  detail: v.InferOutput<typeof RotateApiKeySchema>,
): Promise<string> {
  const { Entries: [entry] = [] } = await client.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: eventBusName,
          Source: source,
          DetailType: 'RotateApiKey',
          Detail: JSON.stringify(detail),
        },
      ],
    }),
  );
  if (!entry?.EventId) throw new Error(`The bus ${eventBusName} rejected the event: ${entry?.ErrorCode}`);
  return entry.EventId;
}
