import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditTable, startAuditTable, TABLE } from '../../test/support/audit-table.ts';
import { aFailed, aSucceeded } from '../../test/support/rotations.ts';
import { recordsOf, toRecord } from '../dynamodb/found-records.ts';
import { fromItem, sortKey, toItem } from '../dynamodb/item.ts';
import { anchorOf, parseAnchor } from './anchor.ts';
import { type ApiCredential, credentialPath } from './api-credential.ts';
import type { ClosedRotation, Rotation } from './rotation.ts';
import { append, newestSeal, seal } from './seal.ts';
import { verifyChain } from './verify-chain.ts';

const NOW = Date.parse('2026-11-23T12:00:00.000Z');

let table: AuditTable;
let used = 0;
beforeAll(async () => {
  table = await startAuditTable();
});
afterAll(() => table.close());

/** An API credential with five rotations, and functions that change its records without Keyturn. */
async function history(options: { expiresAt?: string; last?: Rotation['status'] } = {}) {
  used += 1;
  const credential: ApiCredential = { level: 'merchants', accountId: 'ACME', apiCredentialId: `S2-${used}` };
  const rotations: Rotation[] = [];
  for (let turn = 1; turn <= 5; turn += 1) {
    const { expiresAt, last = 'succeeded' } = options;
    rotations.push(
      await table.write({
        credential,
        requestedAt: `2026-11-1${turn}T12:00:00.000Z`,
        status: turn === 5 ? last : turn === 3 ? 'failed' : 'succeeded',
        ...(expiresAt !== undefined && { expiresAt }),
      }),
    );
  }
  const key = (number: number) => ({ credential: credentialPath(credential), number: sortKey(number) });
  return {
    rotations,
    anchor(number: number) {
      const rotation = rotations[number - 1];
      const anchor = rotation && rotation.status !== 'started' && parseAnchor(anchorOf(rotation));
      if (!anchor) throw new Error('only a closed rotation has an anchor');
      return anchor;
    },
    async item(number: number) {
      const { Item = {} } = await table.client.send(new GetCommand({ TableName: TABLE, Key: key(number) }));
      return Item;
    },
    put: (number: number, item: Record<string, unknown>) =>
      table.client.send(new PutCommand({ TableName: TABLE, Item: { ...item, ...key(number) } })),
    remove: (...numbers: number[]) =>
      Promise.all(
        numbers.map((number) => table.client.send(new DeleteCommand({ TableName: TABLE, Key: key(number) }))),
      ),
    edit: (number: number, name: string, value: unknown) =>
      table.client.send(
        new UpdateCommand({
          TableName: TABLE,
          Key: key(number),
          UpdateExpression: 'SET #name = :value',
          ExpressionAttributeNames: { '#name': name },
          ExpressionAttributeValues: { ':value': value },
        }),
      ),
    verify: (anchors: Parameters<typeof verifyChain>[2] = [], now = NOW) =>
      verifyChain(recordsOf(table.client, TABLE, credentialPath(credential)), now, anchors),
  };
}

describe('an unchanged chain', () => {
  it.each(['succeeded', 'unknown', 'started'] as const)(
    'is valid if its last rotation is %s',
    async (last) => {
      const { verify } = await history({ last });
      expect(await verify()).toEqual({ rotations: 5 });
    },
  );

  it('is valid if it has no records', async () => {
    const { remove, verify } = await history();
    await remove(1, 2, 3, 4, 5);
    expect(await verify()).toEqual({ rotations: 0 });
  });

  it('matches its anchors', async () => {
    const { anchor, verify } = await history();
    expect(await verify([anchor(2), anchor(5)])).toEqual({ rotations: 5 });
  });
});

describe('the verification finds', () => {
  const broken = (number: number, reason: string) => ({ broken: { number, reason } });

  it.each([
    ['reason', 'another reason'],
    ['requestedBy', { source: 'http', subject: 'somebody else' }],
    ['status', 'failed'],
    ['completedAt', '2026-11-12T13:00:00.000Z'],
    ['timeline', []],
    ['chain', `sha256:${'0'.repeat(64)}`],
    ['account', 'merchants/OTHER'],
    ['added', 'by somebody'],
    ['expiresAt', 1],
  ])('an edit of %s', async (name, value) => {
    const { edit, verify } = await history();
    await edit(2, name, value);
    expect(await verify()).toMatchObject(broken(2, 'content changed'));
  });

  it('an edit with a new seal, because the next rotation is sealed to the old seal', async () => {
    const { item, put, verify } = await history();
    const { chain: _chain, ...content } = Object(fromItem(await item(2)));
    await put(2, toItem(seal({ ...content, reason: 'another' })));
    expect(await verify()).toMatchObject(broken(3, 'chain cut'));
  });

  it('a deletion in the middle', async () => {
    const { remove, verify } = await history();
    await remove(3);
    expect(await verify()).toMatchObject(broken(3, 'number missing'));
  });

  it('a deletion at the start', async () => {
    const { remove, verify } = await history();
    await remove(1, 2);
    expect(await verify()).toMatchObject(broken(1, 'number missing'));
  });

  it('an insertion', async () => {
    const { item, put, verify } = await history();
    await put(6, await item(5));
    expect(await verify()).toMatchObject({ broken: { number: 6 } });
  });

  it('an insertion that moves the later rotations up', async () => {
    const { item, put, verify } = await history();
    for (let number = 5; number >= 3; number -= 1) await put(number + 1, await item(number));
    await put(3, { ...(await item(2)), id: 'forged' });
    expect(await verify()).toMatchObject({ broken: { number: 3 } });
  });

  it('two rotations that were swapped', async () => {
    const { item, put, verify } = await history();
    const [second, third] = [await item(2), await item(3)];
    await put(2, third);
    await put(3, second);
    expect(await verify()).toMatchObject(broken(2, 'wrong order'));
  });

  it('a deletion of the newest rotations, but only with an anchor from before', async () => {
    const { remove, anchor, verify } = await history();
    await remove(4, 5);
    expect(await verify()).toEqual({ rotations: 3 });
    expect(await verify([anchor(5)])).toMatchObject(broken(4, 'number missing'));
  });

  it('a rewrite of the newest rotations, but only with an anchor', async () => {
    const { item, put, anchor, verify } = await history();
    let previousChain = (await item(3)).chain;
    for (const number of [4, 5]) {
      const { chain: _chain, ...content } = Object(fromItem(await item(number)));
      const rewritten = seal({ ...content, reason: 'rewritten', previousChain });
      await put(number, toItem(rewritten));
      previousChain = rewritten.chain;
    }
    expect(await verify()).toEqual({ rotations: 5 });
    expect(await verify([anchor(5)])).toMatchObject(broken(5, 'content changed'));
  });

  it('one forged record in place of all records, but only with an anchor of any of them', async () => {
    const { rotations, anchor, put, remove, verify } = await history();
    await remove(1, 2, 3, 4, 5);
    const { chain: _chain, previousChain: _before, ...content } = Object(rotations[4]);
    const forged = { ...content, number: 6, previousExpiresAt: '2000-01-01T00:00:00.000Z' };
    await put(6, toItem(seal(forged)));
    expect(await verify()).toEqual({ rotations: 1 });
    for (const number of [1, 3, 5]) {
      expect(await verify([anchor(number)])).toMatchObject(broken(1, 'number missing'));
    }
  });

  it('a closed rotation that was set back to started', async () => {
    const { rotations, put, verify } = await history();
    const { chain: _c, completedAt: _at, code: _code, upstream: _u, ...rest } = Object(rotations[2]);
    await put(3, toItem({ ...rest, status: 'started' }));
    expect(await verify()).toMatchObject(broken(4, 'chain cut'));
  });
});

it('the verification finds a rotation that follows an open rotation', async () => {
  const { rotations, item, put, verify } = await history();
  const { chain: _c, completedAt: _at, key: _key, upstream: _u, ...open } = Object(rotations[3]);
  await put(4, toItem({ ...open, status: 'started' }));
  const { chain: _chain, previousChain: _previous, ...unlinked } = Object(fromItem(await item(5)));
  await put(5, toItem(seal(unlinked)));
  expect(await verify()).toMatchObject({ broken: { number: 5, reason: 'chain cut' } });
});

describe('records that expire', () => {
  const expiresAt = '2026-11-20T00:00:00.000Z';

  it('may be missing at the start once they have expired', async () => {
    const { remove, verify } = await history({ expiresAt });
    await remove(1, 2);
    expect(await verify()).toEqual({ rotations: 3 });
  });

  it('may be deleted in any order, as DynamoDB does', async () => {
    const { remove, verify } = await history({ expiresAt });
    await remove(2, 3);
    expect(await verify()).toEqual({ rotations: 3 });
  });

  it('may not be missing before they expire', async () => {
    const { remove, verify } = await history({ expiresAt });
    await remove(1, 2);
    expect(await verify([], Date.parse('2026-11-19T00:00:00.000Z'))).toMatchObject({
      broken: { number: 1, reason: 'number missing' },
    });
  });

  it.each([[[5]], [[1, 2, 3, 4, 5]]])('may be missing although an anchor names them: %j', async (gone) => {
    const { anchor, remove, verify } = await history({ expiresAt });
    await remove(...gone);
    const anchors = [1, 2, 3, 4, 5].map(anchor);
    expect(await verify(anchors)).toEqual({ rotations: 5 - gone.length });
    expect(await verify(anchors, Date.parse('2026-11-19T00:00:00.000Z'))).toMatchObject({
      broken: { number: gone[0], reason: 'number missing' },
    });
  });

  it('free their numbers for other rotations', async () => {
    const { rotations, anchor, put, remove, verify } = await history({ expiresAt });
    await remove(5);
    const { chain: _chain, ...content } = Object(rotations[4]);
    await put(5, toItem(seal({ ...content, reason: 'the next one' })));
    expect(await verify([anchor(5)])).toEqual({ rotations: 5 });
  });

  it('are still sealed to each other', async () => {
    const { remove, edit, verify } = await history({ expiresAt });
    await remove(1);
    await edit(4, 'reason', 'another');
    expect(await verify()).toMatchObject({ broken: { number: 4, reason: 'content changed' } });
  });
});

describe('the entries after the end of a rotation', () => {
  const DAY_MS = 86_400_000;
  const broken = (number: number, reason: string) => ({ broken: { number, reason } });

  /**
   * Two closed rotations. The first has four entries after its end. Two of them existed when the second
   * rotation started, so its seal covers them.
   */
  function withKeyEvents(options: { linkedTo?: number } = {}) {
    used += 1;
    const credential: ApiCredential = {
      level: 'merchants',
      accountId: 'ACME',
      apiCredentialId: `S2-${used}`,
    };
    const { chain: _chain, ...ended } = aSucceeded({ credential, number: 1, id: 'one' });
    const states: ClosedRotation[] = [seal(ended)];
    for (const [index, event] of ['verified', 'promoted', 'stalled', 'displaced'].entries()) {
      const before = states[index];
      if (before) states.push(append(before, { at: new Date(NOW + index).toISOString(), event }));
    }
    const [first, linked] = [states.at(-1), states[options.linkedTo ?? 2]];
    if (!first || !linked) throw new Error('the first rotation has five states');
    const { chain: _other, ...second } = aFailed({
      credential,
      number: 2,
      id: 'two',
      requestedAt: new Date(NOW + DAY_MS).toISOString(),
      previousChain: newestSeal(linked),
    });
    return { states, first, second: seal(second) };
  }

  /** Verifies rotations as the table stores them. */
  async function verify(rotations: Rotation[], anchors: ClosedRotation[] = []) {
    async function* items() {
      yield* rotations.map((rotation) => toRecord(toItem(rotation)));
    }
    const parsed = anchors.flatMap((rotation) => parseAnchor(anchorOf(rotation)) ?? []);
    return verifyChain(items(), NOW, parsed);
  }

  const withTimeline = (rotation: ClosedRotation, change: (timeline: Timeline) => Timeline) => ({
    ...rotation,
    timeline: change(rotation.timeline),
  });
  type Timeline = ClosedRotation['timeline'];

  it.each([0, 1, 2, 3, 4])(
    'are no break, although the next rotation was sealed after %i of them',
    async (linkedTo) => {
      const { first, second } = withKeyEvents({ linkedTo });
      expect(await verify([first, second])).toEqual({ rotations: 2 });
    },
  );

  it('are no break while an event waits in the outbox', async () => {
    const { first, second } = withKeyEvents();
    const outbox = { event: 'ApiKeyDisplaced', dueAt: new Date(NOW).toISOString() } as const;
    expect(await verify([{ ...first, outbox }, second])).toEqual({ rotations: 2 });
  });

  it.each<[string, (timeline: Timeline) => Timeline]>([
    [
      'an edit',
      (timeline) =>
        timeline.map((entry) => (entry.event === 'stalled' ? { ...entry, event: 'edited' } : entry)),
    ],
    [
      'an edit of the newest entry',
      (timeline) => timeline.with(-1, { at: '2026-11-23T12:00:00.000Z', event: 'verified' }),
    ],
    ['a deletion', (timeline) => timeline.filter(({ event }) => event !== 'stalled')],
    [
      'an insertion',
      (timeline) => timeline.toSpliced(2, 0, { at: '2026-11-23T12:00:00.000Z', event: 'added' }),
    ],
    [
      'an entry without a seal',
      (timeline) => [...timeline, { at: '2026-11-23T12:00:00.000Z', event: 'added' }],
    ],
    ['a change of their sequence', (timeline) => [...timeline.slice(0, -2), ...timeline.slice(-2).reverse()]],
    ['the removal of every seal', (timeline) => timeline.map(({ at, event }) => ({ at, event }))],
  ])('are broken at the number of their rotation after %s', async (_what, change) => {
    const { first } = withKeyEvents();
    expect(await verify([withTimeline(first, change)])).toMatchObject(broken(1, 'content changed'));
  });

  it('are broken at the next number if entries under its seal are cut off', async () => {
    const { states, second } = withKeyEvents({ linkedTo: 2 });
    expect(await verify(states.slice(1, 2).concat(second))).toMatchObject(broken(2, 'chain cut'));
  });

  it('are broken at the next number if entries under its seal are rewritten', async () => {
    const { states, second } = withKeyEvents({ linkedTo: 2 });
    const [, verified] = states;
    const forged = verified && append(verified, { at: new Date(NOW + 1).toISOString(), event: 'superseded' });
    expect(await verify(forged ? [forged, second] : [])).toMatchObject(broken(2, 'chain cut'));
  });

  it('are missed if the newest of them are cut off, but only with an anchor', async () => {
    const { states, first, second } = withKeyEvents({ linkedTo: 2 });
    const cut = states.slice(2, 3);
    expect(await verify([...cut, second])).toEqual({ rotations: 2 });
    expect(await verify([...cut, second], [first])).toMatchObject(broken(1, 'content changed'));
    expect(await verify(cut, [first])).toMatchObject(broken(1, 'content changed'));
  });

  it('match every anchor that was written while entries were added', async () => {
    const { states, first, second } = withKeyEvents();
    expect(await verify([first, second], [...states, second])).toEqual({ rotations: 2 });
  });
});
