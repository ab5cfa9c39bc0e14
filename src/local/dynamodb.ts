import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import query from 'dynalite/validations/query.js';
import * as v from 'valibot';
import { parse } from 'yaml';

const keySchema = v.array(v.object({ AttributeName: v.string(), KeyType: v.picklist(['HASH', 'RANGE']) }));

const indexes = v.array(
  v.object({
    IndexName: v.string(),
    KeySchema: keySchema,
    Projection: v.object({ ProjectionType: v.picklist(['ALL', 'INCLUDE', 'KEYS_ONLY']) }),
  }),
);

/** As much of the table in serverless.yml as an embedded DynamoDB can honour. */
const TableSchema = v.object({
  resources: v.object({
    Resources: v.object({
      AuditTable: v.object({
        Properties: v.object({
          AttributeDefinitions: v.array(
            v.object({ AttributeName: v.string(), AttributeType: v.picklist(['S', 'N', 'B']) }),
          ),
          KeySchema: keySchema,
          LocalSecondaryIndexes: indexes,
          GlobalSecondaryIndexes: indexes,
        }),
      }),
    }),
  }),
});

// DynamoDB takes no empty text for a key, and dynalite does. Every value in the audit's queries is a key's.
const { custom: faultOf } = query;
query.custom = (asked, store) =>
  Object.values(asked.ExpressionAttributeValues ?? {}).some((value) => value.S === '')
    ? 'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value.'
    : faultOf(asked, store);

export type LocalDynamoDb = Readonly<{ url: string; close(): Promise<void> }>;

/** Starts an embedded DynamoDB, in memory, with the audit table just as serverless.yml deploys it. */
export async function startDynamoDb(tableName: string, port = 0): Promise<LocalDynamoDb> {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, 'localhost', resolve);
  });
  // A server that listens on a port has an AddressInfo.
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  await createAuditTable(url, tableName);
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function createAuditTable(endpoint: string, tableName: string): Promise<void> {
  const yaml = await readFile(new URL('../../serverless.yml', import.meta.url), 'utf8');
  const { AuditTable } = v.parse(TableSchema, parse(yaml, { logLevel: 'silent' })).resources.Resources;
  const client = new DynamoDBClient({
    endpoint,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await client.send(
    new CreateTableCommand({
      ...AuditTable.Properties,
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  client.destroy();
}
