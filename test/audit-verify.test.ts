import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anchorOf } from '../src/rotation/anchor.ts';
import { credentialPath } from '../src/rotation/api-credential.ts';
import type { ClosedRotation } from '../src/rotation/rotation.ts';
import { type AuditTable, startAuditTable, TABLE } from './support/audit-table.ts';
import { runNode } from './support/process.ts';

const CREDENTIAL = { level: 'merchants', accountId: 'ACME_NL', apiCredentialId: 'S2-1' } as const;
const OTHER = { ...CREDENTIAL, apiCredentialId: 'S2-2' };

let table: AuditTable;
let newest: ClosedRotation;
beforeAll(async () => {
  table = await startAuditTable();
  for (let turn = 1; turn <= 3; turn += 1) {
    const requestedAt = `2026-11-1${turn}T12:00:00.000Z`;
    // A rotation that was written as succeeded is closed.
    newest = (await table.write({ credential: CREDENTIAL, requestedAt })) as ClosedRotation;
    await table.write({ credential: OTHER, requestedAt });
  }
});
afterAll(() => table.close());

const verify = (...args: string[]) => verifyAt(table.dynamoDb.url, ...args);

async function verifyAt(endpoint: string, ...args: string[]) {
  const run = runNode(['src/cli/audit-verify.ts', ...args], {
    AUDIT_TABLE_NAME: TABLE,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_REGION: 'local',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
  return { code: await run.ended, output: run.output() };
}

describe('npm run audit:verify', () => {
  it('verifies all API credentials, or one, and prints the result', async () => {
    expect(await verify('--all')).toEqual({
      code: 0,
      output: 'audit: 2 API credentials, 6 rotations, 0 anchors: no break\n',
    });
    expect(await verify(credentialPath(CREDENTIAL), '--anchor', anchorOf(newest))).toEqual({
      code: 0,
      output: 'audit: 1 API credentials, 3 rotations, 1 anchors: no break\n',
    });
  });

  it('reads an API credential again if a rotation was written during the first read', async () => {
    let queries = 0;
    const server = http.createServer(async (request, response) => {
      const original = await fetch(table.dynamoDb.url, {
        method: 'POST',
        // The headers that DynamoDB needs.
        headers: Object.fromEntries(
          ['content-type', 'x-amz-target', 'x-amz-date', 'authorization'].map((name) => [
            name,
            String(request.headers[name]),
          ]),
        ),
        body: await text(request),
      });
      const page = Object(await original.json());
      queries += 1;
      // The table before the third rotation, which the anchor names.
      if (queries === 1) page.Items.pop();
      response.writeHead(original.status, { 'Content-Type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(page));
    });
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    // A server that listens on a port has an AddressInfo.
    const endpoint = `http://localhost:${(server.address() as AddressInfo).port}`;
    const { code, output } = await verifyAt(
      endpoint,
      credentialPath(CREDENTIAL),
      '--anchor',
      anchorOf(newest),
    );
    server.close();
    server.closeAllConnections();
    expect([code, queries, output]).toEqual([
      0,
      2,
      expect.stringContaining('3 rotations, 1 anchors: no break'),
    ]);
  });

  it('exits with 1 at a break, and names the first bad number and the reason', async () => {
    await table.client.send(
      new UpdateCommand({
        TableName: TABLE,
        Key: { credential: credentialPath(OTHER), number: '0000000002' },
        UpdateExpression: 'SET reason = :reason',
        ExpressionAttributeValues: { ':reason': 'edited' },
      }),
    );
    const { code, output } = await verify('--all');
    expect(code).toBe(1);
    expect(output).toContain('merchants/ACME_NL/apiCredentials/S2-2: broken at number 2: content changed');
    expect(output).toContain('1 broken');
  });

  it('exits with 1 if there are no records, and if an anchor names a missing record', async () => {
    expect(await verify('merchants/NONE/apiCredentials/S2-1')).toMatchObject({ code: 1 });
    const lost = anchorOf({ ...newest, number: 4 });
    const { code, output } = await verify(credentialPath(CREDENTIAL), '--anchor', lost);
    expect(code).toBe(1);
    expect(output).toContain('broken at number 4: number missing');
  });

  it.each([[[]], [['--all', 'x']], [['--anchor', 'x', '--all']], [['--everything']]])(
    'exits with 2 and prints its usage for %j',
    async (args) => {
      const { code, output } = await verify(...args);
      expect(code).toBe(2);
      expect(output).toContain('Usage: npm run audit:verify --');
    },
  );

  it('exits with 2 if it cannot read the table', async () => {
    expect(await verifyAt('http://localhost:1', '--all')).toMatchObject({ code: 2 });
  });
});
