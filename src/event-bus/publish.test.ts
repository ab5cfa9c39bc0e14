import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, expect, it } from 'vitest';
import { aFailed } from '../../test/support/rotations.ts';
import { detailOf } from './bus-events.ts';
import { createPublish } from './publish.ts';

const aws = mockClient(EventBridgeClient);
const publish = createPublish(new EventBridgeClient({}), 'keyturn-test');
const failed = aFailed();
afterEach(() => aws.reset());

it('an event is put on the bus under its name, with Keyturn as its source', async () => {
  aws.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: 'one' }] });
  await publish('ApiKeyRotationFailed', failed);
  const entries = aws.commandCalls(PutEventsCommand).map(({ args }) => args[0].input.Entries);
  expect(entries).toEqual([
    [
      {
        EventBusName: 'keyturn-test',
        Source: 'keyturn',
        DetailType: 'ApiKeyRotationFailed',
        Detail: JSON.stringify(detailOf('ApiKeyRotationFailed', failed)),
      },
    ],
  ]);
});

it('an event that the bus rejects is an error, although the call to AWS succeeded', async () => {
  aws.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException' }] });
  await expect(publish('ApiKeyRotationFailed', failed)).rejects.toThrow(
    'the event bus keyturn-test refused ApiKeyRotationFailed: ThrottlingException',
  );
});

it('an event that does not reach the bus is an error', async () => {
  aws.on(PutEventsCommand).rejects(new Error('down'));
  await expect(publish('ApiKeyRotationFailed', failed)).rejects.toThrow('down');
});

it('an event that does not fit the rotation is not sent', async () => {
  await expect(publish('ApiKeyIssued', failed)).rejects.toThrow();
  expect(aws.calls()).toEqual([]);
});
