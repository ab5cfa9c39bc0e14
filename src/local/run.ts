import { once } from 'node:events';
import { parseRotateConfig } from '../config/config.ts';
import { type LocalFunctions, startFunctions } from './functions.ts';
import { startGateway } from './gateway.ts';
import { freePorts } from './service-ports.ts';
import { localPorts, startServices, TIME_SCALE } from './services.ts';
import { settingsOf } from './settings.ts';
import { welcome } from './welcome.ts';

/** Runs Keyturn on this machine until it is stopped: the program of `npm start`. */
async function run(): Promise<void> {
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  const portOf = await freePorts(['PORT', ...localPorts(process.env)], process.env);
  let functions: LocalFunctions | undefined;
  const services = await startServices(process.env, portOf, (target, event) =>
    functions?.deliver(target, event),
  );
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
  const gateway = startGateway(portOf('PORT'), environment);
  // The gateway's schedule runs it on the hour, which may be long. In a real account it may fail: the rest runs on.
  functions.enrolCredentials().catch((error) => console.error(error));
  const served = gateway.ready.then(() => {
    console.log(welcome(gateway.url, services, services.appConfig?.profiles()));
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
  await run();
  // The loop that waits for the gateway's first response may still run and would keep the process alive.
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
