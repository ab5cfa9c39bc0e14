import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createAuditLog } from '../../src/dynamodb/audit-log.ts';
import { type LocalDynamoDb, startDynamoDb } from '../../src/local/dynamodb.ts';
import type { ApiCredential } from '../../src/rotation/api-credential.ts';
import type { AuditLog } from '../../src/rotation/ports.ts';
import type { ClosedRotation, Rotation } from '../../src/rotation/rotation.ts';
import { seal } from '../../src/rotation/seal.ts';
import { wireAudit } from '../../src/wiring/audit.ts';
import { logTo, metricsWith } from './deps.ts';
import { aFailed, anUnknown, aStarted, aSucceeded, rules } from './rotations.ts';

export const TABLE = 'audit';

const FACTORIES = { succeeded: aSucceeded, failed: aFailed, unknown: anUnknown };

export type RotationFields = Readonly<{
  credential: ApiCredential;
  requestedAt: string;
  status?: Rotation['status'];
  expiresAt?: string;
  leaseExpiresAt?: string;
}>;

export type AuditTable = Readonly<{
  dynamoDb: LocalDynamoDb;
  client: DynamoDBDocumentClient;
  audit: AuditLog;
  /** Writes the credential's next rotation as Keyturn does: started, then closed with its seal. */
  write(fields: RotationFields): Promise<Rotation>;
  close(): Promise<void>;
}>;

/** The audit table behind an endpoint, without the SDK's own retries. */
export function auditTableAt(endpoint: string) {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const base = new DynamoDBClient({ endpoint, region: 'local', credentials, maxAttempts: 1 });
  const client = DynamoDBDocumentClient.from(base);
  return { client, audit: createAuditLog(client, TABLE) };
}

/** The audit as the functions wire it. No API credential has a managed secret. */
export function auditAt(
  table: DynamoDBDocumentClient,
  { now, onLog = () => {} }: { now: () => number; onLog?: (fields: Record<string, unknown>) => void },
) {
  return wireAudit(
    { auditTableName: TABLE, eventBusName: 'none', managedSecrets: { value: [] }, rules },
    {
      aws: {
        table,
        bus: new EventBridgeClient({ region: 'local' }),
        secretsManager: new SecretsManagerClient({ region: 'local' }),
      },
      log: logTo((_message, fields) => onLog(fields)),
      metrics: metricsWith(),
      now,
    },
  );
}

/** An embedded DynamoDB with the audit table of serverless.yml, and a way to fill it. */
export async function startAuditTable(): Promise<AuditTable> {
  const dynamoDb = await startDynamoDb(TABLE);
  const { client, audit } = auditTableAt(dynamoDb.url);
  const newest = new Map<string, ClosedRotation>();

  return {
    dynamoDb,
    client,
    audit,
    async write({ credential, requestedAt, status = 'succeeded', expiresAt, leaseExpiresAt }) {
      const key = JSON.stringify(credential);
      const before = newest.get(key);
      const started = aStarted({
        id: randomUUID(),
        credential,
        number: (before?.number ?? 0) + 1,
        requestedAt,
        ...(leaseExpiresAt !== undefined && { leaseExpiresAt }),
        ...(before && { previousChain: before.chain }),
        ...(before?.expiresAt !== undefined && { previousExpiresAt: before.expiresAt }),
      });
      await audit.insert(started);
      if (status === 'started') return started;
      const { chain: _chain, ...ended } = FACTORIES[status]({
        ...started,
        status,
        ...(expiresAt !== undefined && { expiresAt }),
      } as never); // Each factory takes the fields of its own kind.
      // The seal makes it a closed rotation.
      const closed = seal(ended) as ClosedRotation;
      await audit.close(closed);
      newest.set(key, closed);
      return closed;
    },
    async close() {
      client.destroy();
      await dynamoDb.close();
    },
  };
}
