import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { HttpResponse } from '../../src/http/http-response.ts';
import { listeningPort } from '../../src/local/listening-port.ts';
import { httpEvent, lambdaContext } from './http-event.ts';

type Handler = (event: APIGatewayProxyEventV2, context: Context) => Promise<HttpResponse>;

/** Serves handlers of GET requests by their routes, over a socket, as API Gateway does. */
export async function serveHandlers(
  routes: Readonly<Record<string, Handler>>,
): Promise<{ url: string; close(): Promise<void> }> {
  const respond = async ({ url = '/', headers }: IncomingMessage): Promise<HttpResponse> => {
    const { pathname } = new URL(url, 'http://localhost');
    for (const [routeKey, handler] of Object.entries(routes)) {
      const pattern = routeKey.replace('GET ', '').replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
      const match = new RegExp(`^${pattern}$`).exec(pathname);
      if (!match) continue;
      const text = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
      const event = httpEvent(routeKey, { headers: text, pathParameters: { ...match.groups } });
      return handler(event, lambdaContext());
    }
    return { statusCode: 404, body: '{"message":"Not Found"}' };
  };
  const server = createServer(async (request, response) => {
    const { statusCode = 200, headers = {}, body = '', isBase64Encoded } = await respond(request);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, String(value));
    response.writeHead(statusCode).end(isBase64Encoded ? Buffer.from(body, 'base64') : body);
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return {
    url: `http://localhost:${listeningPort(server)}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
