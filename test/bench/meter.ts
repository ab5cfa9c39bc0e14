import http from 'node:http';
import * as v from 'valibot';
import { listeningPort } from '../../src/local/listening-port.ts';

export type Meter = Readonly<{
  url: string;
  /** The requests and capacity units since the last `take`. */
  take(): { requests: number; units: number };
  close(): Promise<void>;
}>;

const ConsumedSchema = v.object({
  ConsumedCapacity: v.optional(
    v.union([v.object({ CapacityUnits: v.number() }), v.array(v.object({ CapacityUnits: v.number() }))]),
    [],
  ),
});

/** A proxy of DynamoDB that asks for the consumed capacity of every call and adds it up. */
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
      const forwarded = await fetch(target, {
        method: 'POST',
        headers,
        body: JSON.stringify({ ...body, ReturnConsumedCapacity: 'TOTAL' }),
      });
      const text = await forwarded.text();
      requests += 1;
      const consumed = v.safeParse(v.pipe(v.string(), v.parseJson(), ConsumedSchema), text);
      if (consumed.success) {
        for (const { CapacityUnits } of [consumed.output.ConsumedCapacity].flat()) units += CapacityUnits;
      }
      response.writeHead(forwarded.status, { 'Content-Type': 'application/x-amz-json-1.0' }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return {
    url: `http://localhost:${listeningPort(server)}`,
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
