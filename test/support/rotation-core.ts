import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { v7 as uuidv7 } from 'uuid';
import { createGenerateApiKey } from '../../src/adyen/generate-api-key.ts';
import { createSend } from '../../src/adyen/send.ts';
import { type AdyenSimulator, startAdyenSimulator } from '../../src/local/adyen-simulator/server.ts';
import { startDynamoDb } from '../../src/local/dynamodb.ts';
import { startSecretsManager } from '../../src/local/secrets-manager/server.ts';
import { LOCAL_SECRET_ID, LOCAL_TABLE, settingsOf } from '../../src/local/settings.ts';
import type { AuditLog } from '../../src/rotation/ports.ts';
import type { RotateCommand, RotateResult } from '../../src/rotation/rotate-command.ts';
import { createManagementCredential } from '../../src/secrets-manager/management-credential.ts';
import { assembleRotation } from '../../src/wiring/assemble-rotation.ts';
import { wireAudit } from '../../src/wiring/audit.ts';
import { metricsWith, silentLog } from './deps.ts';
import { credential, NOON, rules } from './rotations.ts';

export type RotationCore = Readonly<{
  audit: AuditLog;
  adyen: AdyenSimulator;
  /** Advances the clock of Keyturn and of Adyen. */
  passTime(ms: number): void;
  rotate(command?: Partial<RotateCommand>): Promise<RotateResult>;
  close(): Promise<void>;
}>;

/**
 * The rotation with real adapters and local servers. A test advances its clock, which starts at noon.
 *
 * @param observed the audit as the rotation uses it, made from the real one
 */
export async function startRotationCore(
  observed: (audit: AuditLog) => AuditLog = (audit) => audit,
): Promise<RotationCore> {
  let time = NOON;
  const now = () => time;
  const [adyen, dynamoDb, secretsManager] = await Promise.all([
    startAdyenSimulator({ now }),
    startDynamoDb(LOCAL_TABLE),
    startSecretsManager(),
  ]);
  settingsOf({ secretsManager });
  const aws = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const dynamoDbClient = new DynamoDBClient({ ...aws, endpoint: dynamoDb.url });
  const secretsClient = new SecretsManagerClient({ ...aws, endpoint: secretsManager.url });
  const table = DynamoDBDocumentClient.from(dynamoDbClient);
  // No API credential has a managed secret here: nothing is put on the bus.
  const bus = new EventBridgeClient(aws);
  const log = silentLog;
  const metrics = metricsWith();
  const { audit, commit, announce, expire, managedSecretOf } = wireAudit(
    { auditTableName: LOCAL_TABLE, eventBusName: 'none', managedSecrets: { value: [] }, rules },
    { aws: { table, bus, secretsManager: secretsClient }, log, metrics, now },
  );
  const managementCredential = createManagementCredential(secretsClient, LOCAL_SECRET_ID, now);
  const generateApiKey = createGenerateApiKey({
    send: createSend(),
    baseUrl: adyen.url,
    timeoutMs: 1_000,
    now,
    sleep: async (ms) => {
      time += ms;
    },
    random: () => 0.5,
    newIdempotencyKey: randomUUID,
  });
  const { rotate } = assembleRotation({
    audit: observed(audit),
    commit,
    announce,
    expire,
    managedSecretOf,
    managementCredential,
    generateApiKey,
    rules,
    now,
    log,
    metrics,
  });
  let requests = 0;

  return {
    audit,
    adyen,
    passTime(ms) {
      time += ms;
    },
    rotate(command = {}) {
      requests += 1;
      return rotate({
        rotationId: uuidv7(),
        credential,
        requestedBy: { source: 'http', subject: 'local-app' },
        requestId: `request-${requests}`,
        request: { force: false },
        keyGoesTo: 'caller',
        invocationEndsAt: time + 29_000,
        ...command,
      });
    },
    async close() {
      dynamoDbClient.destroy();
      secretsClient.destroy();
      await Promise.all([adyen, dynamoDb, secretsManager].map((service) => service.close()));
    },
  };
}
