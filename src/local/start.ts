import { once } from 'node:events';
import { parseRotateConfig } from '../config/config.ts';
import { type LocalFunctions, startFunctions } from './functions.ts';
import { startGateway } from './gateway.ts';
import { freePort } from './service-ports.ts';
import { startServices, TIME_SCALE } from './services.ts';
import { settingsOf } from './settings.ts';
import { welcome } from './welcome.ts';

/** Runs Keyturn on this machine until it is stopped: `npm start`. */
async function start(): Promise<void> {
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  const port = await freePort('PORT', process.env);
  let functions: LocalFunctions | undefined;
  const services = await startServices(process.env, (target, event) => functions?.deliver(target, event));
  const { CALLER_GRANTS } = process.env;
  const environment = {
    ...process.env,
    ...settingsOf(services, process.env),
    ...(CALLER_GRANTS && { CALLER_GRANTS }),
  };
  // Checked before the gateway starts, because the gateway would report a bad setting only at the first request.
  parseRotateConfig(environment);
  // The functions that run in this process read their settings from here.
  Object.assign(process.env, environment);
  const timeScale = services.adyen ? TIME_SCALE : 1;
  functions = await startFunctions(environment, timeScale);
  services.secretsManager?.rotateWith(functions.rotateSecret);
  const gateway = startGateway(port, environment);
  // The gateway's schedule runs it on the hour, which may be long. In a real account it may fail: the rest runs on.
  functions.enrolCredentials().catch((error) => console.error(error));
  const served = gateway.ready.then(() => {
    console.log(welcome(gateway.url, services));
    return gateway.ended;
  });
  try {
    await Promise.race([stopped, served]);
  } finally {
    await gateway.stop();
    await functions.close();
    await Promise.all(Object.values(services).map((service) => service.close()));
  }
}

try {
  await start();
  // The loop that waits for the gateway's first response may still run and would keep the process alive.
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
