import { once } from 'node:events';
import { parseConfig } from '../config.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { startParts } from './parts.ts';
import { freePort } from './ports.ts';
import { settingsOf } from './settings.ts';
import { welcome } from './welcome.ts';

/** Runs Keyturn on this machine until it is stopped: `npm start`. */
async function start(): Promise<void> {
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  const port = await freePort('PORT', process.env);
  const parts = await startParts(process.env);
  const { CALLER_GRANTS } = process.env;
  const environment = { ...process.env, ...settingsOf(parts), ...(CALLER_GRANTS && { CALLER_GRANTS }) };
  // Before the gateway is started: it would only tell at the first request.
  parseConfig(environment);
  const gateway: Gateway = await startGateway(port, environment);
  console.log(welcome(gateway.url, parts));
  await Promise.race([stopped, gateway.ended]);
  await gateway.stop();
  await Promise.all(Object.values(parts).map((part) => part.close()));
}

try {
  await start();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
