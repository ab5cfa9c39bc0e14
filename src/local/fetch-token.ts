import { SERVICE_PORTS } from './service-ports.ts';

/** The client that the local grants name. */
export const LOCAL_CLIENT = 'local-app';

/** Gets a bearer token of the issuer that `npm start` runs. Throws an error if there is none. */
export async function fetchToken({ client, scope }: { client: string; scope: string }): Promise<string> {
  const url = `http://localhost:${process.env.OIDC_PORT || SERVICE_PORTS.OIDC_PORT.defaultPort}/token`;
  const response = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: client, scope }),
  }).catch(() => {
    throw new Error(
      `No token issuer responds at ${url}. Start it with: npm start (OIDC_PORT changes its port)`,
    );
  });
  const body: unknown = await response.json();
  if (!response.ok || typeof body !== 'object' || body === null || !('access_token' in body)) {
    throw new Error(`The token issuer responded with ${response.status}: ${JSON.stringify(body)}`);
  }
  return String(body.access_token);
}
