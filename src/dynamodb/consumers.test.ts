import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuditTable, startAuditTable, TABLE } from '../../test/support/audit-table.ts';
import { credential, NOON } from '../../test/support/rotations.ts';
import { SILENT_MS } from '../rotation/consumers.ts';
import { toTimestamp } from '../rotation/timestamp.ts';
import { createConsumerLog } from './consumers.ts';

let table: AuditTable;
let time: number;
beforeEach(async () => {
  table = await startAuditTable();
  time = NOON;
});
afterEach(() => table.close());

const consumers = () => createConsumerLog(table.client, TABLE, () => time);
const saying = (ms: number, keyFingerprint = 'sha256:1', consumerId = 'checkout') => ({
  consumerId,
  keyFingerprint,
  rotationNumber: 1,
  since: toTimestamp(NOON),
  acknowledgedAt: toTimestamp(NOON + ms),
});

describe('what a consumer says', () => {
  it('is found again', async () => {
    expect(await consumers().put(credential, saying(0))).toBe('written');
    expect(await consumers().get(credential, 'checkout')).toEqual(saying(0));
  });

  it('counts until it says something newer', async () => {
    await consumers().put(credential, saying(0));
    expect(await consumers().put(credential, saying(1, 'sha256:2'))).toBe('written');
    expect(await consumers().get(credential, 'checkout')).toEqual(saying(1, 'sha256:2'));
  });

  it('is not overwritten by what it said before and arrives late', async () => {
    await consumers().put(credential, saying(1, 'sha256:2'));
    expect(await consumers().put(credential, saying(0))).toBe('lost');
    expect(await consumers().put(credential, saying(1, 'sha256:1'))).toBe('lost');
    expect(await consumers().get(credential, 'checkout')).toEqual(saying(1, 'sha256:2'));
  });

  it('is written once if the same write comes twice', async () => {
    await consumers().put(credential, saying(0));
    expect(await consumers().put(credential, saying(0))).toBe('written');
  });

  it('is forgotten after 90 days, even before DynamoDB has deleted it', async () => {
    await consumers().put(credential, saying(0));
    time = NOON + SILENT_MS - 1;
    expect(await consumers().list(credential, 10)).toHaveLength(1);
    time += 1;
    expect(await consumers().list(credential, 10)).toEqual([]);
    expect(await consumers().get(credential, 'checkout')).toBeUndefined();
  });
});

describe('the consumers of an API credential', () => {
  it('are listed by their names, at most so many', async () => {
    for (const name of ['b', 'c', 'a']) await consumers().put(credential, saying(0, 'sha256:1', name));
    await consumers().put({ ...credential, apiCredentialId: 'S2-OTHER' }, saying(0));
    const names = (await consumers().list(credential, 2)).map(({ consumerId }) => consumerId);
    expect(names).toEqual(['a', 'b']);
  });
});
