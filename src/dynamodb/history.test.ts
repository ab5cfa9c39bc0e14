import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditTable, startAuditTable, TABLE } from '../../test/support/audit-table.ts';
import { aFailed, aStarted } from '../../test/support/rotations.ts';
import { parseCredentialPattern } from '../rotation/credential-pattern.ts';
import type { FailureCode } from '../rotation/failure-codes.ts';
import { type History, type Listing, type Page, positionOf } from '../rotation/history.ts';
import type { Rotation } from '../rotation/rotation.ts';
import { createHistory } from './history.ts';

const HOUR_MS = 3_600_000;
const START = Date.parse('2026-11-20T00:00:00.000Z');
const NOISE = 150;
const OURS = 60;

let table: AuditTable;
let history: History;
const ours: Rotation[] = [];

const credentialAt = (accountId: string, apiCredentialId: string) =>
  ({ level: 'merchants', accountId, apiCredentialId }) as const;
const at = (hours: number) => new Date(START + hours * HOUR_MS).toISOString();

beforeAll(async () => {
  table = await startAuditTable();
  history = createHistory(table.client, TABLE);
  // Four days of rotations of our five accounts, among more rotations of other accounts.
  for (let turn = 0; turn < OURS; turn += 1) {
    const status = turn % 10 === 0 ? 'unknown' : 'succeeded';
    const credential = credentialAt(`ACME_${turn % 5}`, `S2-${turn % 7}`);
    ours.push(await table.write({ credential, requestedAt: at(turn * 1.6), status }));
  }
  for (let turn = 0; turn < NOISE; turn += 1) {
    await table.write({
      credential: credentialAt(`OTHER_${turn % 30}`, 'S2-1'),
      requestedAt: at(turn * 0.6),
    });
  }
  ours.reverse();
});
afterAll(() => table.close());

const OURS_ONLY = parseCredentialPattern('merchants/ACME_*/apiCredentials/*');
async function list(listing: Partial<Listing> = {}): Promise<Page> {
  const page = await history.list({ patterns: [OURS_ONLY], limit: 20, ...listing });
  if (page === 'too-large') throw new Error(page);
  return page;
}

/** Reads all pages of a listing. Each page gives the cursor for the next page. */
async function pages(listing: Partial<Listing>, between: () => Promise<unknown> = async () => {}) {
  const found: Rotation[][] = [];
  let before: string | undefined;
  for (;;) {
    const page = await list({ ...listing, before });
    found.push(page.rotations);
    const last = page.rotations.at(-1);
    if (!page.hasMore || !last) return found;
    before = positionOf(last);
    await between();
  }
}
const idsOf = (rotations: readonly Rotation[]) => rotations.map(({ id }) => id);

describe('a listing of many accounts', () => {
  it('has full pages, newest first, and shows each rotation exactly once', async () => {
    const found = await pages({ limit: 25 });
    expect(found.map((page) => page.length)).toEqual([25, 25, 10]);
    expect(idsOf(found.flat())).toEqual(idsOf(ours));
  });

  it('continues where it stopped, although new rotations arrive', async () => {
    const seen = await pages({ limit: 7, to: at(95) }, () =>
      table.write({ credential: credentialAt('ACME_9', 'S2-9'), requestedAt: at(96) }),
    );
    expect(idsOf(seen.flat())).toEqual(idsOf(ours));
    const withNew = await pages({ limit: 50 });
    expect(withNew.flat().length).toBe(OURS + 8);
  });

  it('has no next page if the last page is exactly full', async () => {
    const page = await list({ limit: OURS, to: at(95) });
    expect([page.rotations.length, page.hasMore]).toEqual([OURS, false]);
  });

  it('includes the start of a time range and excludes its end', async () => {
    const [from, to] = [at(16), at(48)];
    const found = (await pages({ from, to, limit: 6 })).flat();
    expect(idsOf(found)).toEqual(
      idsOf(ours.filter(({ requestedAt }) => requestedAt >= from && requestedAt < to)),
    );
    expect(found.at(-1)?.requestedAt).toBe(from);
    expect(found.map(({ requestedAt }) => requestedAt)).not.toContain(to);
  });

  it('has full pages for a rare status too', async () => {
    const found = await pages({ status: 'unknown', limit: 4 });
    expect(found.map((page) => page.length)).toEqual([4, 2]);
    expect(idsOf(found.flat())).toEqual(idsOf(ours.filter(({ status }) => status === 'unknown')));
  });

  it('filters by status and time range together', async () => {
    const found = (await pages({ status: 'unknown', from: at(16), to: at(60) })).flat();
    expect(found.map(({ requestedAt }) => requestedAt)).toEqual([at(48), at(32), at(16)]);
  });

  it.each<[string, Partial<Listing>]>([
    ['a time range before all rotations', { to: at(-1) }],
    ['a status that no rotation has', { status: 'failed' }],
    ['no pattern', { patterns: [] }],
    [
      'a pattern that covers no rotation',
      { patterns: [parseCredentialPattern('companies/*/apiCredentials/*')] },
    ],
  ])('is empty for %s', async (_what, listing) => {
    expect(await list(listing)).toEqual({ rotations: [], hasMore: false });
  });

  it('shows only the rotations of the API credentials that its patterns cover', async () => {
    const patterns = ['ACME_1/apiCredentials/S2-1', 'ACME_2/apiCredentials/S2-*'].map((rest) =>
      parseCredentialPattern(`merchants/${rest}`),
    );
    const covered = ours.filter(
      ({ credential: { accountId, apiCredentialId } }) =>
        accountId === 'ACME_2' || (accountId === 'ACME_1' && apiCredentialId === 'S2-1'),
    );
    expect(idsOf((await pages({ patterns, limit: 3 })).flat())).toEqual(idsOf(covered));
    const byEnd = ['ACME_2/apiCredentials/*2-*', 'ACME_1/apiCredentials/*-1'].map((rest) =>
      parseCredentialPattern(`merchants/${rest}`),
    );
    expect(idsOf((await pages({ patterns: byEnd, limit: 3 })).flat())).toEqual(idsOf(covered));
    const unknown = covered.filter(({ status }) => status === 'unknown');
    expect(idsOf((await pages({ patterns, status: 'unknown' })).flat())).toEqual(idsOf(unknown));
  });
});

describe('an account enters the listings', () => {
  const started = (accountId: string, number = 1) =>
    aStarted({ id: `${accountId}-${number}`, credential: credentialAt(accountId, 'S2-1'), number });
  const isListed = async (accountId: string) => {
    const patterns = [parseCredentialPattern(`merchants/${accountId.slice(0, -1)}*/apiCredentials/*`)];
    return (await list({ patterns })).rotations.length > 0;
  };
  const failed = (accountId: string, code: FailureCode, number = 1) =>
    aFailed({ ...started(accountId, number), status: 'failed', code });

  it('not before Adyen has responded', async () => {
    await table.audit.insert(started('RUNS_1'));
    expect(await isListed('RUNS_1')).toBe(false);
  });

  it('not if Adyen says that it does not exist: a caller can make up any number of names', async () => {
    await table.audit.insert(started('NONE_1'));
    await table.audit.close(failed('NONE_1', 'credential-not-found'));
    expect(await isListed('NONE_1')).toBe(false);
  });

  it('with its first rotation that has another end', async () => {
    await table.audit.insert(started('LATE_1'));
    await table.audit.close(failed('LATE_1', 'credential-not-found'));
    await table.audit.insert(started('LATE_1', 2));
    await table.audit.close(failed('LATE_1', 'upstream-forbidden', 2));
    expect(await isListed('LATE_1')).toBe(true);
  });

  it('not by a start: the audit shows it to those who ask for the API credential', async () => {
    await table.audit.insert(started('SHOWN_1'));
    await table.audit.close(failed('SHOWN_1', 'credential-not-found'));
    const { rotations } = await history.ofCredential(credentialAt('SHOWN_1', 'S2-1'), 10);
    expect(rotations.map(({ id }) => id)).toEqual(['SHOWN_1-1']);
    expect(
      await list({ patterns: [parseCredentialPattern('merchants/SHOWN_1/apiCredentials/*')] }),
    ).toMatchObject({
      rotations: [{ id: 'SHOWN_1-1' }],
    });
  });
});

describe('the rotations of one API credential', () => {
  it('come in pages, newest first', async () => {
    const credential = credentialAt('OTHER_1', 'S2-1');
    const first = await history.ofCredential(credential, 3);
    const second = await history.ofCredential(credential, 3, 3);
    expect(first.rotations.map(({ number }) => number)).toEqual([5, 4, 3]);
    expect(second.rotations.map(({ number }) => number)).toEqual([2, 1]);
    expect([first.hasMore, second.hasMore]).toEqual([true, false]);
  });
});

describe('one rotation', () => {
  it('is found by its id', async () => {
    expect(await history.byId(String(ours[3]?.id), [OURS_ONLY])).toEqual(ours[3]);
  });
  it('is not found by another id', async () => {
    expect(await history.byId('another', [OURS_ONLY])).toBeUndefined();
  });
  it('is found although a rotation that no pattern covers has the same id', async () => {
    for (const accountId of ['SAME_1', 'SAME_2', 'SAME_3']) {
      await table.audit.insert(aStarted({ id: 'same', credential: credentialAt(accountId, 'S2-1') }));
    }
    for (const accountId of ['SAME_1', 'SAME_2', 'SAME_3']) {
      const pattern = parseCredentialPattern(`merchants/${accountId}/apiCredentials/*`);
      expect((await history.byId('same', [pattern]))?.credential.accountId).toBe(accountId);
    }
  });
});
