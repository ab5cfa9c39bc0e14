import { once } from 'node:events';
import { printsHelp } from '../cli/run-command.ts';
import { parseRotateConfig } from '../config/config.ts';
import { type LocalFunctions, startFunctions } from './functions.ts';
import { startGateway } from './gateway.ts';
import { freePorts, SERVICE_PORTS } from './service-ports.ts';
import { localPorts, startServices, TIME_SCALE } from './services.ts';
import { settingsOf } from './settings.ts';
import { welcome } from './welcome.ts';

const USAGE = `Usage: npm start

Runs Keyturn and all that it needs on this machine, prints where everything is, and stops on Ctrl-C.
A setting of the functions in the environment replaces the local service that it stands for.

${Object.entries(SERVICE_PORTS)
  .map(
    ([variable, { service, defaultPort }]) =>
      `  ${variable.padEnd(14)} the port of ${service} (${defaultPort})`,
  )
  .join('\n')}`;

/** Runs Keyturn on this machine until it is stopped: `npm start`. */
async function start(): Promise<void> {
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
  if (printsHelp(USAGE)) process.exit(0);
  await start();
  // The loop that waits for the gateway's first response may still run and would keep the process alive.
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
