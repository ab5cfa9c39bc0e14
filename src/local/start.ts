import { once } from 'node:events';
import { parseRotateConfig } from '../config/config.ts';
import { type LocalFunctions, startFunctions } from './functions.ts';
import { startGateway } from './gateway.ts';
import { freePort } from './ports.ts';
import { startServices, TIME_SCALE } from './services.ts';
import { settingsOf } from './settings.ts';
import { welcome } from './welcome.ts';

/** Runs Keyturn on this machine until it is stopped: `npm start`. */
async function start(): Promise<void> {
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  const port = await freePort('PORT', process.env);
  let functions: LocalFunctions | undefined;
  const parts = await startServices(process.env, (target, event) => functions?.deliver(target, event));
  const { CALLER_GRANTS } = process.env;
  const environment = { ...process.env, ...settingsOf(parts), ...(CALLER_GRANTS && { CALLER_GRANTS }) };
  // Before the gateway is started: it would only tell at the first request.
  parseRotateConfig(environment);
  // The functions that run in this process look for their settings here.
  Object.assign(process.env, environment);
  const timeScale = parts.adyen ? TIME_SCALE : 1;
  functions = await startFunctions(environment, timeScale);
  parts.secretsManager?.rotateWith(functions.rotateSecret);
  const gateway = startGateway(port, environment);
  const served = gateway.ready.then(() => {
    console.log(welcome(gateway.url, parts));
    return gateway.ended;
  });
  try {
    await Promise.race([stopped, served]);
  } finally {
    await gateway.stop();
    await functions.close();
    await Promise.all(Object.values(parts).map((part) => part.close()));
  }
}

try {
  await start();
  // A gateway that was stopped before it was ready is still being asked whether it is.
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
