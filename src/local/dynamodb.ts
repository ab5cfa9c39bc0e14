import { readFile } from 'node:fs/promises';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import query from 'dynalite/validations/query.js';
import * as v from 'valibot';
import { parse } from 'yaml';
import { listeningPort } from './listening-port.ts';

const keySchema = v.array(v.object({ AttributeName: v.string(), KeyType: v.picklist(['HASH', 'RANGE']) }));

const indexes = v.array(
  v.object({
    IndexName: v.string(),
    KeySchema: keySchema,
    Projection: v.object({ ProjectionType: v.picklist(['ALL', 'INCLUDE', 'KEYS_ONLY']) }),
  }),
);

/** The properties of the table in serverless.yml that dynalite supports. */
const TableSchema = v.object({
  resources: v.looseTuple([
    v.object({
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
  ]),
});

// DynamoDB rejects an empty string as a key, dynalite accepts it. In the audit's queries every value is part of a key.
const { custom: validate } = query;
query.custom = (input, store) =>
  Object.values(input.ExpressionAttributeValues ?? {}).some((value) => value.S === '')
    ? 'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value.'
    : validate(input, store);

export type LocalDynamoDb = Readonly<{ url: string; close(): Promise<void> }>;

/** Starts an embedded DynamoDB, in memory, with the audit table that serverless.yml deploys. */
export async function startDynamoDb(tableName: string, port = 0): Promise<LocalDynamoDb> {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, 'localhost', resolve);
  });
  const url = `http://localhost:${listeningPort(server)}`;
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

// The template is read only once, because tests start hundreds of tables and parsing takes about 15 ms.
let template: Promise<v.InferOutput<typeof TableSchema>> | undefined;

async function readTemplate(): Promise<v.InferOutput<typeof TableSchema>> {
  const yaml = await readFile(new URL('../../serverless.yml', import.meta.url), 'utf8');
  return v.parse(TableSchema, parse(yaml, { logLevel: 'silent' }));
}

async function createAuditTable(endpoint: string, tableName: string): Promise<void> {
  template ??= readTemplate();
  const { AuditTable } = (await template).resources[0].Resources;
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
