import { once } from 'node:events';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import * as v from 'valibot';
import { startDynamoDb } from '../../src/local/dynamodb.ts';
import { LOCAL_TABLE } from '../../src/local/settings.ts';

const ROLE = 'embedded DynamoDB';

/** An embedded DynamoDB in a thread of its own: two cores share the work of a test with thousands of calls. */
export async function startDynamoDbThread(): Promise<{ url: string; close(): Promise<void> }> {
  const worker = new Worker(new URL(import.meta.url), { workerData: ROLE });
  const [url] = await once(worker, 'message');
  return {
    url: v.parse(v.string(), url),
    async close() {
      await worker.terminate();
    },
  };
}

if (workerData === ROLE) {
  const { url } = await startDynamoDb(LOCAL_TABLE);
  parentPort?.postMessage(url);
}
