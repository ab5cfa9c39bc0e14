import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProblemSchema } from '../src/http/problems/problem.ts';
import { type Answer, type Keyturn, type RotateCall, startKeyturn } from './support/keyturn.ts';
import { membersNamedIn } from './support/named-members.ts';

let keyturn: Keyturn;
beforeAll(async () => {
  keyturn = await startKeyturn({ CALLER_GRANTS: '{"client:local-app":["*/*/apiCredentials/*"]}' });
});
afterAll(() => keyturn.close());

// The event's type has no null here, but serverless-offline sends one.
const nothing = JSON.parse('null');
const json = { 'content-type': 'application/json' };

/** Sends a bad request, and checks that it had no effect. */
async function refused(call: RotateCall): Promise<Answer> {
  const calls = keyturn.adyen.received.length;
  const credential = keyturn.newCredential();
  const answer = await keyturn.rotate(credential, call);
  expect(keyturn.adyen.received.length).toBe(calls);
  expect(await keyturn.items(credential)).toEqual([]);
  expect(v.safeParse(ProblemSchema, answer.body).issues).toBeUndefined();
  return answer;
}

describe('a path parameter', () => {
  const good = { level: 'merchants', accountId: 'ACME_NL', apiCredentialId: 'S2-TEST-1' };

  it.each([
    ['a dot', '.'],
    ['two dots', '..'],
    ['an encoded slash, decoded by the gateway', 'S2/../../companies'],
    ['an encoded slash, not decoded', 'S2%2Fme'],
    ['an encoded zero, decoded by the gateway', 'S2\u0000'],
    ['an encoded zero, not decoded', '%00'],
    ['unicode', 'S2-é'],
    ['unicode that looks like ASCII', 'S2-\uff11'],
    ['129 characters', 'x'.repeat(129)],
    ['nothing', ''],
    ['a query string', 'S2-TEST-1?x=1'],
    ['a fragment', 'S2-TEST-1#x'],
    ['a line break', 'S2-TEST-1\n'],
    ['a space', 'S2 TEST'],
    ['a wildcard', '*'],
    ['a key', 'AQEzSecretThatWasLeaked'],
    ['a key in lower case', 'aqezsecretthatwasleaked'],
    ['a key in another case after an account', 'ACME_aQEZSECRETTHATWASLEAKED'],
    ['a token', 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhcHAifQ.c2ln'],
  ])('that is %s is refused, and the problem names the field', async (_what, value) => {
    for (const name of ['accountId', 'apiCredentialId']) {
      const { status, body } = await refused({ pathParameters: { ...good, [name]: value } });
      expect([status, body.code]).toEqual([400, 'malformed-request']);
      expect(body.invalidFields).toMatchObject([{ name }]);
    }
  });

  it('that looks like a key leaves nothing of itself in a log', async () => {
    for (const key of ['AQEzNothingOfThisInALog', 'aqeznothingofthisinalog']) {
      await refused({ pathParameters: { level: 'merchants', accountId: key, apiCredentialId: key } });
    }
    expect(keyturn.output()).not.toMatch(/NothingOfThisInALog/i);
  });

  it('that is another level is refused', async () => {
    const { body } = await refused({ pathParameters: { ...good, level: 'stores' } });
    expect(body.invalidFields).toEqual([{ name: 'level', message: 'must be one of: companies, merchants' }]);
  });

  it('that is missing is refused', async () => {
    const { body } = await refused({ pathParameters: { level: 'merchants', accountId: 'ACME_NL' } });
    expect(body.code).toBe('malformed-request');
  });

  it('of 128 characters is accepted', async () => {
    const apiCredentialId = 'x'.repeat(128);
    const answer = await keyturn.rotate({ level: 'merchants', accountId: 'ACME_NL', apiCredentialId });
    expect(answer.body.code).toBe('credential-not-found');
  });
});

describe('a body', () => {
  it.each<[string, string, string[]]>([
    ['no JSON', '{', ['body']],
    ['half of an object', '{"reason":', ['body']],
    ['a list', '[]', ['body']],
    ['a text', '"quarterly"', ['body']],
    ['null', 'null', ['body']],
    ['a number', '1', ['body']],
    ['an unknown field', '{"reason":"x","colour":"red"}', ['colour']],
    ['a field of another type', '{"reason":1,"force":"yes"}', ['reason', 'force']],
    ['null for a field', '{"force":null}', ['force']],
    ['a reason that is too long', JSON.stringify({ reason: 'x'.repeat(257) }), ['reason']],
    ['a reason with half of a character', '{"reason":"\\ud800"}', ['reason']],
    ['a reason with a key in it', '{"reason":"found AQEzSecretThatWasLeaked"}', ['reason']],
    ['a reason with a token in it', '{"reason":"eyJhbGciOiJSUzI1NiJ9.e30.c2ln"}', ['reason']],
    ['a prototype', '{"__proto__":{"force":true}}', ['__proto__']],
  ])('that is %s is refused', async (_what, body, fields) => {
    const answer = await refused({ headers: json, body });
    expect([answer.status, answer.body.code]).toEqual([400, 'malformed-request']);
    expect(membersNamedIn(answer.body.detail)).toEqual(['invalidFields']);
    const named = answer.body.invalidFields.map((field: { name: string }) => field.name);
    expect(named).toEqual(fields);
  });

  it('is not echoed, because it may contain a key', async () => {
    const key = 'AQEzSecretThatWasPastedByMistake0123456789';
    for (const body of [
      key,
      `{"reason":${key}}`,
      JSON.stringify({ force: key }),
      JSON.stringify({ [key]: 1 }),
    ]) {
      expect((await refused({ headers: json, body })).text).not.toContain(key);
    }
  });

  it('that is not UTF-8 is refused', async () => {
    const body = Buffer.from([0x7b, 0xff, 0x7d]).toString('base64');
    expect((await refused({ headers: json, body, isBase64Encoded: true })).body.code).toBe(
      'malformed-request',
    );
  });

  it('over 10 KiB is refused', async () => {
    const body = JSON.stringify({ reason: 'x'.repeat(10 * 1024) });
    const answer = await refused({ headers: json, body });
    expect([answer.status, answer.body.code]).toEqual([413, 'content-too-large']);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', ''])(
    'of the type "%s" is refused',
    async (type) => {
      const answer = await refused({ headers: { 'content-type': type }, body: '{}' });
      expect([answer.status, answer.body.code]).toEqual([415, 'unsupported-media-type']);
    },
  );

  it.each<[string, RotateCall]>([
    ['absent', {}],
    ['null, as local gateways send it', { body: nothing }],
    ['empty', { body: '' }],
    ['an empty object', { headers: json, body: '{}' }],
    ['base64-encoded by the gateway', { headers: json, body: btoa('{"reason":"x"}'), isBase64Encoded: true }],
    [
      'of a type with a parameter',
      { headers: { 'Content-Type': 'Application/JSON; charset=utf-8' }, body: '{}' },
    ],
    ['with a reason of 256 characters', { headers: json, body: JSON.stringify({ reason: 'x'.repeat(256) }) }],
  ])('that is %s is accepted', async (_what, call) => {
    expect((await keyturn.rotate(keyturn.newCredential(), call)).status).toBe(200);
  });
});

describe('a query parameter', () => {
  it.each<[string, Record<string, string>, string]>([
    ['is misplaced', { force: 'true' }, 'force'],
    ['is unknown', { colour: 'red' }, 'colour'],
    ['may be a key', { AQEzSecretThatWasPastedByMistake0123456789: '' }, 'query'],
  ])('that %s is refused, and the problem names it', async (_why, query, name) => {
    const { status, body } = await refused({ query });
    expect([status, body.code]).toEqual([400, 'malformed-request']);
    expect(body.invalidFields).toEqual([{ name, message: 'is unknown' }]);
  });
});

describe('the header Idempotency-Key', () => {
  it.each([
    ['empty', ''],
    ['too long', 'x'.repeat(65)],
    ['not ASCII', 'schlüssel'],
    ['a control character', 'a\tb'],
  ])('that is %s is refused', async (_what, value) => {
    const { status, body } = await refused({ headers: { 'Idempotency-Key': value } });
    expect([status, body.code, body.invalidFields[0].name]).toEqual([
      400,
      'malformed-request',
      'Idempotency-Key',
    ]);
  });

  it.each(['x', 'x'.repeat(64), 'with space ~!', '0198c0de-0000-7000-8000-000000000001'])(
    'may be "%s", in any case',
    async (value) => {
      const credential = keyturn.newCredential();
      const first = await keyturn.rotate(credential, { headers: { 'IDEMPOTENCY-KEY': value } });
      const second = await keyturn.rotate(credential, { headers: { 'idempotency-key': value } });
      expect(second.body.rotation.id).toBe(first.body.rotation.id);
    },
  );
});
