import { anyFreePort } from './any-free-port.ts';

/** The variables with the ports of `npm start`. */
export const PORTS = [
  'PORT',
  'OIDC_PORT',
  'ADYEN_PORT',
  'DYNAMODB_PORT',
  'SECRETS_PORT',
  'EVENTS_PORT',
] as const;

/** A free port for each of them. */
export async function freePorts(): Promise<Record<(typeof PORTS)[number], string>> {
  const port = async () => String(await anyFreePort());
  return {
    PORT: await port(),
    OIDC_PORT: await port(),
    ADYEN_PORT: await port(),
    DYNAMODB_PORT: await port(),
    SECRETS_PORT: await port(),
    EVENTS_PORT: await port(),
  };
}
