import { createHash } from 'node:crypto';
import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type ApiCredential, credentialPath, parseCredentialPath } from '../rotation/api-credential.ts';
import type { AddPlace, FindByPlace } from '../rotation/ports.ts';
import { accountOf } from './item.ts';
import { queryAll } from './query.ts';

/** The partition that lists the accounts. No credential's path begins with it. */
const ACCOUNTS = 'accounts';
/** The partition that spreads all API credentials, for the checks of their keys. */
const PLACES = 'places';
/** A partition of the index, and a name in it. */
type Entry = Readonly<{ credential: string; number: string }>;

const credentialsOf = (account: string) => `credentials/${account}`;

/**
 * Puts the API credential and its account into the index by which listings find what a pattern covers. This happens beside
 * the close of a credential's first rotation, and may happen again.
 */
export async function indexCredential(
  client: DynamoDBDocumentClient,
  tableName: string,
  credential: ApiCredential,
): Promise<void> {
  // One request for all would need BatchWriteItem, with which a function could also delete.
  await Promise.all(indexEntries(credential).map((entry) => put(client, tableName, entry)));
}

/** The entries of an API credential in the index. */
export function indexEntries(credential: ApiCredential): [account: Entry, id: Entry, place: Entry] {
  const account = accountOf(credential);
  return [
    { credential: ACCOUNTS, number: account },
    { credential: credentialsOf(account), number: credential.apiCredentialId },
    { credential: PLACES, number: `${placeOf(credential)}#${credentialPath(credential)}` },
  ];
}

/** Makes the entry by place alone: the key of the API credential is checked then, and no listing shows it. */
export function createAddPlace(client: DynamoDBDocumentClient, tableName: string): AddPlace {
  return (credential) => put(client, tableName, indexEntries(credential)[2]);
}

/** Makes the search by place: a range of one partition. */
export function createFindByPlace(client: DynamoDBDocumentClient, tableName: string): FindByPlace {
  return async function* findByPlace(from, to) {
    const items = queryAll(client, {
      TableName: tableName,
      KeyConditionExpression: '#credential = :partition AND #number BETWEEN :from AND :to',
      ExpressionAttributeNames: { '#credential': 'credential', '#number': 'number' },
      // A place is followed by more, so that those at `to` itself sort after it and are left out.
      ExpressionAttributeValues: { ':partition': PLACES, ':from': placeText(from), ':to': placeText(to) },
    });
    for await (const { number } of items) {
      const path = String(number);
      const credential = parseCredentialPath(path.slice(path.indexOf('#') + 1));
      if (credential) yield credential;
    }
  };
}

async function put(client: DynamoDBDocumentClient, tableName: string, entry: Entry): Promise<void> {
  await client.send(new PutCommand({ TableName: tableName, Item: entry }));
}

/** The place of a credential in the spread from 0 to 1: the first 32 bits of its path's SHA-256, in hex. */
function placeOf(credential: ApiCredential): string {
  return createHash('sha256').update(credentialPath(credential)).digest('hex').slice(0, 8);
}

/** 1 sorts after every place. */
function placeText(place: number): string {
  return place >= 1
    ? '~'
    : Math.floor(place * 2 ** 32)
        .toString(16)
        .padStart(8, '0');
}

/** The accounts that have rotations and begin with this, such as `merchants/ACME_`: the first ones, at most so many. */
export function indexedAccounts(
  client: DynamoDBDocumentClient,
  tableName: string,
  prefix: string,
  atMost = Number.POSITIVE_INFINITY,
) {
  return namesIn(client, tableName, ACCOUNTS, prefix, atMost);
}

/** The ids of the account's API credentials that have rotations and begin with this: the first ones, at most so many. */
export function indexedCredentials(
  client: DynamoDBDocumentClient,
  tableName: string,
  account: string,
  prefix: string,
  atMost = Number.POSITIVE_INFINITY,
) {
  return namesIn(client, tableName, credentialsOf(account), prefix, atMost);
}

/** Names that begin with this, from a name on. */
export type NameRange = Readonly<{ prefix: string; from: string }>;

/** How many names one query asks for, where a reader may need only a few. */
const CHUNK = 100;

/** The accounts that have rotations, in ascending order, read as they are taken. */
export function accountNames(client: DynamoDBDocumentClient, tableName: string, range: NameRange) {
  return rangeOf(client, tableName, ACCOUNTS, range, CHUNK);
}

/** The ids of the account's API credentials that have rotations, in ascending order, read as they are taken. */
export function credentialNames(
  client: DynamoDBDocumentClient,
  tableName: string,
  account: string,
  range: NameRange,
) {
  return rangeOf(client, tableName, credentialsOf(account), range, CHUNK);
}

async function namesIn(
  client: DynamoDBDocumentClient,
  tableName: string,
  partition: string,
  prefix: string,
  atMost: number,
): Promise<string[]> {
  const names: string[] = [];
  for await (const name of rangeOf(client, tableName, partition, { prefix, from: '' })) {
    if (names.push(name) >= atMost) break;
  }
  return names;
}

async function* rangeOf(
  client: DynamoDBDocumentClient,
  tableName: string,
  partition: string,
  { prefix, from }: NameRange,
  chunk?: number,
): AsyncGenerator<string, void> {
  const first = from > prefix ? from : prefix;
  const last = `${prefix}~`;
  // DynamoDB refuses a range that ends before it begins.
  if (first > last) return;
  const items = queryAll(client, {
    TableName: tableName,
    KeyConditionExpression: '#credential = :partition AND #number BETWEEN :first AND :last',
    ExpressionAttributeNames: { '#credential': 'credential', '#number': 'number' },
    // " " and "~" sort before and after every character of a name. DynamoDB refuses an empty bound.
    ExpressionAttributeValues: { ':partition': partition, ':first': first || ' ', ':last': last },
    ...(chunk !== undefined && { Limit: chunk }),
  });
  for await (const { number } of items) yield String(number);
}
