import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../secret.ts';
import { interpret } from './interpret.ts';
import type { UpstreamResponse } from './send.ts';

const managementKey = new Secret('AQE-management-key-for-tests');
const NOW = Date.parse('2026-11-23T12:00:00Z');

const responded = (status: number, text = '', headers: Record<string, string> = {}): UpstreamResponse => ({
  kind: 'responded',
  status,
  header: (name) => headers[name],
  body: { kind: 'complete', text },
});
const read = (response: UpstreamResponse) => interpret(response, [managementKey], NOW);

describe('the outcome of a call to Adyen', () => {
  it('is a key for a 200 that contains a key', () => {
    const outcome = read(responded(200, '{"apiKey":"AQEnew"}', { pspreference: 'PSP1' }));
    expect(outcome).toMatchObject({ kind: 'key', report: { status: 200, requestId: 'PSP1' } });
    expect(outcome.kind === 'key' && outcome.apiKey.reveal()).toBe('AQEnew');
  });

  it('is a key for any other success that contains a key: a key must never be dropped', () => {
    expect(read(responded(201, '{"apiKey":"AQEnew"}')).kind).toBe('key');
  });

  it('is a success without a key for 204', () => {
    expect(read(responded(204)).kind).toBe('no-content');
  });

  it.each([
    [400, 'upstream-bad-request'],
    [401, 'upstream-unauthorized'],
    [403, 'upstream-forbidden'],
    [404, 'credential-not-found'],
    [405, 'upstream-bad-request'],
    [415, 'upstream-bad-request'],
    [422, 'upstream-validation'],
    [429, 'upstream-throttled'],
  ])('is a rejection for %i: %s', (status, code) => {
    expect(read(responded(status, '{"status":200}'))).toMatchObject({ kind: 'rejected', code });
  });

  it.each([[500], [502], [503], [504], [408], [409], [302], [308]])(
    'is uncertain for %i: the specification does not say that Adyen did nothing',
    (status) => {
      expect(read(responded(status))).toMatchObject({ kind: 'uncertain', code: 'upstream-failure' });
    },
  );

  it.each([
    ['an empty body', ''],
    ['HTML', '<html>AQEkey</html>'],
    ['another field', '{"key":"AQEnew"}'],
    ['an empty key', '{"apiKey":""}'],
    ['a key of another type', '{"apiKey":["AQEnew"]}'],
    ['a key with a line break', '{"apiKey":"AQE\\r\\nX-Evil: 1"}'],
    ['half a body', '{"apiKey":"AQEn'],
    ['an error object of status 422', '{"status":422,"title":"no"}'],
  ])('is uncertain, as malformed, for a success with %s', (_what, body) => {
    expect(read(responded(200, body))).toMatchObject({ kind: 'uncertain', code: 'upstream-malformed' });
  });

  it.each([
    ['cut', 'upstream-failure'],
    ['timed-out', 'upstream-timeout'],
    ['too-large', 'upstream-malformed'],
  ] as const)('is uncertain for a success whose body was %s', (kind, code) => {
    const response: UpstreamResponse = {
      kind: 'responded',
      status: 200,
      header: () => undefined,
      body: { kind },
    };
    expect(read(response)).toMatchObject({ kind: 'uncertain', code });
  });

  it('follows from the status if the body of an error was cut', () => {
    const response: UpstreamResponse = {
      kind: 'responded',
      status: 422,
      header: () => undefined,
      body: { kind: 'cut' },
    };
    expect(read(response)).toMatchObject({ kind: 'rejected', code: 'upstream-validation' });
  });

  it('is a rejection if Adyen was never reached, and uncertain if the request was sent', () => {
    expect(read({ kind: 'unreached' })).toMatchObject({ kind: 'rejected', code: 'upstream-unreachable' });
    expect(read({ kind: 'cut' })).toMatchObject({ kind: 'uncertain', code: 'upstream-failure' });
    expect(read({ kind: 'timed-out' })).toMatchObject({ kind: 'uncertain', code: 'upstream-timeout' });
  });

  it.each([
    ['7', 7],
    ['Mon, 23 Nov 2026 12:00:30 GMT', 30],
    ['Mon, 23 Nov 2026 11:00:00 GMT', 0],
    ['999999', 3600],
    ['soon', undefined],
  ])('takes Retry-After %s as %s seconds', (value, seconds) => {
    const outcome = read(responded(429, '', { 'retry-after': value }));
    expect(outcome.kind === 'rejected' ? outcome.retryAfter : 'none').toBe(seconds);
  });

  it('is never an exception and never contains the management key, whatever the body is', () => {
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .anything()
        .map((value) => JSON.stringify({ detail: value, invalidFields: [value, { name: value }] }) ?? ''),
    );
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), body, (status, text) => {
        const outcome = read(responded(status, text + managementKey.reveal()));
        expect(JSON.stringify(outcome)).not.toContain(managementKey.reveal());
      }),
    );
  });
});
