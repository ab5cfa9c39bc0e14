import { OVERLAP_MS, PROPAGATION_MS } from './adyen-simulator/credentials.ts';
import type { LocalAppConfig } from './app-config/server.ts';
import { type PortVariable, SERVICE_PORTS } from './service-ports.ts';
import { TIME_SCALE } from './services.ts';
import { LOCAL_TABLE, type LocalServices } from './settings.ts';

const CREDENTIAL = 'merchants/ACME_NL/apiCredentials/S2-5A4E4C0F2B3D';
const MANAGED_CREDENTIAL = 'merchants/ACME_NL/apiCredentials/S2-MANAGED-1';

/** The text that `npm start` prints when everything runs: the addresses, and commands to paste. */
export function welcome(gatewayUrl: string, services: LocalServices): string {
  const { issuer, adyen, dynamoDb, secretsManager, eventBus, appConfig } = services;
  return [
    '',
    `Keyturn           ${gatewayUrl}`,
    `Token issuer      ${issuer?.url ?? 'real'}`,
    `Adyen             ${adyen?.url ?? 'real'}`,
    `DynamoDB          ${dynamoDb?.url ?? 'real'}`,
    `Secrets Manager   ${secretsManager?.url ?? 'real'}`,
    `Event bus         ${eventBus?.url ?? 'real'}`,
    ...(adyen ? ['', timeScale()] : []),
    ...(issuer && adyen ? ['', 'Rotate a key:', '', rotateCommand(gatewayUrl, issuer.url)] : []),
    ...(issuer ? ['', 'See whether a rotation would work:', '', dryRunCommand(gatewayUrl, issuer.url)] : []),
    ...(dynamoDb && eventBus
      ? ['', 'Rotate by an event, into a managed secret:', '', eventCommand(services)]
      : []),
    ...(issuer ? ['', 'List the rotations:', '', listCommand(gatewayUrl, issuer.url)] : []),
    ...(dynamoDb && adyen ? ['', 'Read its audit item:', '', auditCommand(dynamoDb.url)] : []),
    ...appConfigLines(appConfig),
    ...(dynamoDb ? ['', 'Verify that the audit has not been edited:', '', verifyCommand(dynamoDb.url)] : []),
    '',
    'Ctrl-C stops everything.',
    '',
  ].join('\n');
}

function timeScale(): string {
  const seconds = (ms: number) => `${ms / TIME_SCALE / 1000} s`;
  return (
    `The simulated Adyen's clock runs ${TIME_SCALE} times as fast: a new key works after ` +
    `${seconds(PROPAGATION_MS)}, and the previous key for another ${seconds(OVERLAP_MS)}.`
  );
}

function rotateCommand(gatewayUrl: string, issuerUrl: string): string {
  const token = tokenCommand(issuerUrl);
  return `curl -i -X POST ${gatewayUrl}/v1/${CREDENTIAL}/generateApiKey -H "Authorization: Bearer $(${token})"`;
}

function dryRunCommand(gatewayUrl: string, issuerUrl: string): string {
  const ports = portSetting('PORT', gatewayUrl) + portSetting('OIDC_PORT', issuerUrl);
  return `${ports}npm run -s rotate -- ${CREDENTIAL} --dry-run`;
}

function eventCommand({ dynamoDb, eventBus }: LocalServices): string {
  const ports = portSetting('DYNAMODB_PORT', dynamoDb?.url) + portSetting('EVENTS_PORT', eventBus?.url);
  return `${ports}npm run -s rotate -- ${MANAGED_CREDENTIAL} --reason "quarterly rotation"`;
}

function listCommand(gatewayUrl: string, issuerUrl: string): string {
  const token = `${tokenCommand(issuerUrl)} -- --scope rotations:read`;
  return `curl -s '${gatewayUrl}/v1/rotations?limit=5' -H "Authorization: Bearer $(${token})"`;
}

function tokenCommand(issuerUrl: string): string {
  return `${portSetting('OIDC_PORT', issuerUrl)}npm run -s token`;
}

/** The variable to put before a command, if the service does not listen on its default port. */
function portSetting(variable: PortVariable, url = ''): string {
  const port = Number(new URL(url).port);
  return port === SERVICE_PORTS[variable].defaultPort ? '' : `${variable}=${port} `;
}

function appConfigLines(appConfig: LocalAppConfig | undefined): string[] {
  if (!appConfig) return [];
  const command = (profile: string) => `curl -s -X PUT ${appConfig.url}/_local/${profile} -d '{}'`;
  return [
    '',
    'Change a setting in AppConfig. It is in use after 30 s:',
    '',
    ...appConfig.profiles().map(command),
  ];
}

function verifyCommand(dynamoDbUrl: string): string {
  return `${portSetting('DYNAMODB_PORT', dynamoDbUrl)}npm run -s audit:verify -- --all`;
}

function auditCommand(dynamoDbUrl: string): string {
  const query = {
    TableName: LOCAL_TABLE,
    KeyConditionExpression: 'credential = :c',
    ExpressionAttributeValues: { ':c': { S: CREDENTIAL } },
  };
  return [
    `curl -s ${dynamoDbUrl} --aws-sigv4 aws:amz:eu-west-1:dynamodb --user local:local`,
    "-H 'X-Amz-Target: DynamoDB_20120810.Query' -H 'Content-Type: application/x-amz-json-1.0'",
    `-d '${JSON.stringify(query)}'`,
  ].join(' ');
}
