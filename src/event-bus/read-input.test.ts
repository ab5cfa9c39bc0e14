import { describe, expect, it } from 'vitest';
import { eventBridgeEvent } from '../../test/support/event-bridge-event.ts';
import { aSucceeded, credential } from '../../test/support/rotations.ts';
import { idempotencyKeyOf } from '../rotation/idempotency.ts';
import { detailOf } from './bus-events.ts';
import { readInput } from './read-input.ts';

const issued = aSucceeded({ secret: { arn: 'arn:one', versionId: 'version', stage: 'AWSPENDING' } });
const asked = { ...credential, reason: 'quarterly rotation' };

const from = { eventId: 'e585a991-d97a-488a-8dad-48d74f804206', source: 'ops.keys' };
/** An event as EventBridge delivers it. */
const event = (detail: unknown, envelope: object = {}) =>
  eventBridgeEvent(detail, { id: from.eventId, time: undefined, ...envelope });

describe('a RotateApiKey event', () => {
  it('asks for a rotation', () => {
    const input = (force: boolean) => ({
      kind: 'rotate',
      ...from,
      credential,
      request: { reason: 'quarterly rotation', force },
    });
    expect(readInput(event(asked))).toEqual(input(false));
    expect(readInput(event({ ...asked, force: true }))).toEqual(input(true));
  });

  it('says when it was raised, and is as good if it does not', () => {
    const raisedAt = (time: unknown) => readInput(event(asked, { time })).raisedAt;
    expect(raisedAt('2026-11-23T12:00:00Z')).toBe('2026-11-23T12:00:00Z');
    expect(raisedAt('yesterday')).toBeUndefined();
  });

  it('of a campaign asks for the same rotation as any other event of that campaign', () => {
    const keyOf = (id: string, detail: object) => {
      const input = readInput(event({ ...asked, ...detail }, { id }));
      if (input.kind !== 'rotate') throw new Error(input.kind);
      // The campaign is no part of what must be the same: it makes the key.
      expect(input.request).toEqual({ reason: 'quarterly rotation', force: false });
      return idempotencyKeyOf(input);
    };
    expect(keyOf('event-1', { campaign: '2026-q4' })).toBe(keyOf('event-2', { campaign: '2026-q4' }));
    expect(keyOf('event-1', { campaign: '2026-q4' })).not.toBe(keyOf('event-1', { campaign: '2027-q1' }));
    expect(keyOf('event-1', {})).toBe('event-1');
    expect(keyOf('2026-q4', {})).not.toBe(keyOf('event-1', { campaign: '2026-q4' }));
  });

  it.each<[string, unknown, string]>([
    ['a campaign with a space', { ...asked, campaign: '2026 q4' }, 'campaign'],
    ['a key as a campaign', { ...asked, campaign: 'AQEzSecretThatWasLeaked' }, 'campaign'],
    ['no reason', credential, 'reason'],
    ['an empty reason', { ...asked, reason: '' }, 'reason'],
    ['a reason that is too long', { ...asked, reason: 'r'.repeat(257) }, 'reason'],
    ['half of a character in the reason', { ...asked, reason: '\ud800' }, 'reason'],
    ['a key in the reason', { ...asked, reason: 'found AQEzSecretThatWasLeaked' }, 'reason'],
    ['a key in lower case in the reason', { ...asked, reason: 'found aqezsecretthatwasleaked' }, 'reason'],
    ['a force that is a text', { ...asked, force: 'true' }, 'force'],
    ['an unknown field', { ...asked, forced: true }, 'forced'],
    ['two faults', { ...credential, reason: 1, force: 1 }, 'reason, force'],
  ])('with %s is refused, and the refusal names its API credential', (_what, detail, faults) => {
    expect(readInput(event(detail))).toEqual({
      kind: 'malformed',
      ...from,
      credential,
      faults: `the detail: ${faults} is not as it must be`,
    });
  });

  it.each<[string, unknown, string]>([
    ['no account', { ...asked, accountId: undefined }, 'accountId'],
    ['a level that Adyen does not have', { ...asked, level: 'stores' }, 'level'],
    ['an id that would leave its path', { ...asked, apiCredentialId: '..' }, 'apiCredentialId'],
    ['a path as an id', { ...asked, apiCredentialId: 'S2/generateApiKey' }, 'apiCredentialId'],
    ['a key as an id', { ...asked, apiCredentialId: 'AQEzSecretThatWasLeaked' }, 'apiCredentialId'],
    ['a key in lower case as an account', { ...asked, accountId: 'aqezsecretthatwasleaked' }, 'accountId'],
    ['an empty detail', {}, 'level, accountId, apiCredentialId, reason'],
  ])('with %s is refused, and the refusal names no API credential', (_what, detail, faults) => {
    expect(readInput(event(detail))).toEqual({
      kind: 'malformed',
      ...from,
      faults: `the detail: ${faults} is not as it must be`,
    });
  });

  it.each([[undefined], [null], ['merchants/ACME_NL'], [7]])('with the detail %j is refused', (detail) => {
    expect(readInput(event(detail))).toMatchObject({ kind: 'malformed', ...from });
  });
});

describe('an ApiKeyIssued event', () => {
  const envelope = { 'detail-type': 'ApiKeyIssued', source: 'keyturn' };

  it('from Keyturn itself resumes the issued key', () => {
    expect(readInput(event(detailOf('ApiKeyIssued', issued), envelope))).toEqual({
      kind: 'resume',
      issued: { credential, rotationId: issued.id, number: issued.number },
    });
  });

  it('from another source is refused', () => {
    const forged = event(detailOf('ApiKeyIssued', issued), { ...envelope, source: 'ops.keys' });
    expect(readInput(forged)).toEqual({
      kind: 'malformed',
      ...from,
      faults: 'the detail-type is none that starts a rotation',
    });
  });

  it.each([
    ['number', 0],
    ['number', '1'],
    ['rotationId', undefined],
    ['secret', { arn: 'arn:one' }],
    ['added', 'by somebody'],
  ])('whose %s is %j is refused', (name, value) => {
    const detail = { ...detailOf('ApiKeyIssued', issued), [name]: value };
    expect(readInput(event(detail, envelope))).toMatchObject({
      kind: 'malformed',
      faults: expect.stringContaining(name),
    });
  });
});

describe('an event', () => {
  it.each([['ApiKeyRotated'], ['Scheduled Event'], ['rotateapikey'], ['']])(
    'of the type %j is refused',
    (type) => {
      expect(readInput(event(asked, { 'detail-type': type }))).toEqual({
        kind: 'malformed',
        ...from,
        faults: 'the detail-type is none that starts a rotation',
      });
    },
  );

  it.each<[string, object, string]>([
    ['no id', { id: undefined }, 'id'],
    ['an id with a line break', { id: 'one\ntwo' }, 'id'],
    ['an id that is too long', { id: 'i'.repeat(65) }, 'id'],
    ['no source', { source: undefined }, 'source'],
    ['an empty source', { source: '' }, 'source'],
    ['half of a character in the source', { source: 'ops.\ud800' }, 'source'],
    ['a key as its source', { source: 'AQEzSecretThatWasLeaked' }, 'source'],
    ['a key in lower case in its source', { source: 'ops.aqezsecretthatwasleaked' }, 'source'],
    ['a key as its id', { id: 'aqezsecretthatwasleaked' }, 'id'],
    ['no type', { 'detail-type': undefined }, 'detail-type'],
    ['an id and a source of another type', { id: 1, source: 2 }, 'id, source'],
  ])('with %s is refused, and the refusal has no id and no source', (_what, envelope, faults) => {
    expect(readInput(event(asked, envelope))).toEqual({
      kind: 'malformed',
      faults: `the envelope: ${faults} is not as it must be`,
    });
  });

  it.each([[undefined], [null], ['RotateApiKey'], [[]]])('that is %j is refused', (value) => {
    expect(readInput(value)).toMatchObject({ kind: 'malformed' });
  });

  it.each<[string, unknown]>([
    ['its reason', event({ ...asked, reason: ['AQEsecret'] })],
    ['its account', event({ ...asked, accountId: 'AQEsecret/..' })],
    ['an unknown field', event({ ...asked, 'the key is AQEsecret': true })],
    ['its type', event(asked, { 'detail-type': 'AQEsecret' })],
    ['its id', event(asked, { id: 'AQEsecret\n' })],
    ['the event itself', 'AQEsecret'],
  ])('is refused, and the refusal does not quote %s', (_where, malformed) => {
    const input = readInput(malformed);
    expect(input.kind).toBe('malformed');
    expect(JSON.stringify(input)).not.toContain('AQEsecret');
  });
});
