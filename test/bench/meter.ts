import http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as v from 'valibot';

export type Meter = Readonly<{
  url: string;
  /** The requests and the capacity units since this was asked last. */
  take(): { requests: number; units: number };
  close(): Promise<void>;
}>;

const ConsumedSchema = v.object({
  ConsumedCapacity: v.optional(
    v.union([v.object({ CapacityUnits: v.number() }), v.array(v.object({ CapacityUnits: v.number() }))]),
    [],
  ),
});

/** Stands before DynamoDB, and has every call say what it consumed. */
export async function startMeter(target: string): Promise<Meter> {
  let requests = 0;
  let units = 0;
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      const headers = {
        'Content-Type': 'application/x-amz-json-1.0',
        'X-Amz-Target': String(request.headers['x-amz-target']),
        Authorization: String(request.headers.authorization),
        'X-Amz-Date': String(request.headers['x-amz-date']),
      };
      const answer = await fetch(target, {
        method: 'POST',
        headers,
        body: JSON.stringify({ ...body, ReturnConsumedCapacity: 'TOTAL' }),
      });
      const text = await answer.text();
      requests += 1;
      const consumed = v.safeParse(v.pipe(v.string(), v.parseJson(), ConsumedSchema), text);
      if (consumed.success) {
        for (const { CapacityUnits } of [consumed.output.ConsumedCapacity].flat()) units += CapacityUnits;
      }
      response.writeHead(answer.status, { 'Content-Type': 'application/x-amz-json-1.0' }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  // A server that listens on a port has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}`,
    take() {
      const taken = { requests, units };
      requests = 0;
      units = 0;
      return taken;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
