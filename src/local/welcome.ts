import { styleText } from 'node:util';
import { OVERLAP_MS, PROPAGATION_MS } from './adyen-simulator/credentials.ts';
import { type PortVariable, SERVICE_PORTS } from './service-ports.ts';
import { TIME_SCALE } from './services.ts';
import type { LocalServices } from './settings.ts';

const CREDENTIAL = 'merchants/ACME_NL/apiCredentials/S2-5A4E4C0F2B3D';
const MANAGED_CREDENTIAL = 'merchants/ACME_NL/apiCredentials/S2-MANAGED-1';
const NAME_WIDTH = 17;
const ADDRESS_WIDTH = 31;

/** The address of each service in `LocalServices`, as it may be printed. */
type Addresses = Readonly<Partial<Record<keyof LocalServices, Readonly<{ url: string }>>>>;

/**
 * What `npm start` prints when everything runs: where things are, and three commands to paste. On the default ports it
 * fits a terminal of 80 by 24.
 */
export function welcome(gatewayUrl: string, services: Addresses, appConfigProfiles: string[] = []): string {
  const { issuer, adyen, dynamoDb, secretsManager, eventBus } = services;
  const commands = [
    ...(issuer ? [['See whether a rotation would work', dryRunCommand(gatewayUrl, issuer.url)]] : []),
    ...(issuer && adyen ? [['Rotate a key over HTTP', rotateCommand(gatewayUrl, issuer.url)]] : []),
    ...(dynamoDb && eventBus
      ? [['Rotate by an event, into a managed secret, and follow it', eventCommand(services)]]
      : []),
  ] as const;
  return [
    '',
    `${styleText('bold', 'Keyturn runs.')} Ctrl-C stops everything.${adyen ? ` ${timeScale()}` : ''}`,
    '',
    place(
      'Console',
      `${gatewayUrl}/console`,
      issuer ? 'every key and its time line' : 'needs CONSOLE_CLIENT_ID',
    ),
    place('API', `${gatewayUrl}/docs`, 'every operation, to read'),
    place('Adyen', adyen?.url ?? 'real'),
    place('Token issuer', issuer?.url ?? 'real', issuer && tokenCommand(issuer.url)),
    place('DynamoDB', dynamoDb?.url ?? 'real'),
    place('Secrets Manager', secretsManager?.url ?? 'real'),
    place('Event bus', eventBus?.url ?? 'real'),
    ...appConfigLines(services, appConfigProfiles),
    ...(commands.length > 0 ? ['', 'To paste into another terminal:'] : []),
    ...commands.flatMap(([what = '', command = '']) => [styleText('dim', `# ${what}`), command]),
    '',
  ].join('\n');
}

function place(name: string, address: string, note = ''): string {
  const gap = ' '.repeat(Math.max(2, ADDRESS_WIDTH - address.length));
  const after = note ? gap + styleText('dim', note) : '';
  return `  ${name.padEnd(NAME_WIDTH)}${styleText('cyan', address)}${after}`;
}

function timeScale(): string {
  return [
    `Adyen is simulated, ${TIME_SCALE} times as fast:`,
    `a new key works after ${PROPAGATION_MS / TIME_SCALE / 1000} s, and the previous key for another ${OVERLAP_MS / TIME_SCALE / 60_000} min.`,
  ].join('\n');
}

function dryRunCommand(gatewayUrl: string, issuerUrl: string): string {
  const ports = portSetting('PORT', gatewayUrl) + portSetting('OIDC_PORT', issuerUrl);
  return `${ports}npm run -s rotate -- ${CREDENTIAL} --dry-run`;
}

/** In three lines, because the path alone would be wider than the terminal. */
function rotateCommand(gatewayUrl: string, issuerUrl: string): string {
  return [
    `curl -i -X POST -H "Authorization: Bearer $(${tokenCommand(issuerUrl)})" \\`,
    `${gatewayUrl}/v1/${CREDENTIAL}\\`,
    '/generateApiKey',
  ].join('\n');
}

function eventCommand({ dynamoDb, eventBus }: Addresses): string {
  const ports = portSetting('DYNAMODB_PORT', dynamoDb?.url) + portSetting('EVENTS_PORT', eventBus?.url);
  return `${ports}npm run -s rotate -- ${MANAGED_CREDENTIAL} --reason test`;
}

function tokenCommand(issuerUrl: string): string {
  return `${portSetting('OIDC_PORT', issuerUrl)}npm run -s token`;
}

/** The variable to put before a command, if the service does not listen on its default port. */
function portSetting(variable: PortVariable, url = ''): string {
  const port = Number(new URL(url).port);
  return port === SERVICE_PORTS[variable].defaultPort ? '' : `${variable}=${port} `;
}

function appConfigLines({ appConfig }: Addresses, profiles: readonly string[]): string[] {
  if (!appConfig) return [];
  return [
    place('AppConfig', appConfig.url, 'a change is in use after 30 s:'),
    ...profiles.map((profile) => `curl -s -X PUT ${appConfig.url}/_local/${profile} -d '{}'`),
  ];
}
