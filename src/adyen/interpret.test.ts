import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../secret.ts';
import { interpret } from './interpret.ts';
import type { UpstreamResponse } from './send.ts';

const managementKey = new Secret('AQE-management-key-for-tests');
const NOW = Date.parse('2026-11-23T12:00:00Z');

const answered = (status: number, text = '', headers: Record<string, string> = {}): UpstreamResponse => ({
  kind: 'responded',
  status,
  header: (name) => headers[name],
  body: { kind: 'complete', text },
});
const read = (exchange: UpstreamResponse) => interpret(exchange, managementKey, NOW);

describe('what an answer of Adyen means', () => {
  it('is a key for 200 with one', () => {
    const outcome = read(answered(200, '{"apiKey":"AQEnew"}', { pspreference: 'PSP1' }));
    expect(outcome).toMatchObject({ kind: 'key', report: { status: 200, requestId: 'PSP1' } });
    expect(outcome.kind === 'key' && outcome.apiKey.reveal()).toBe('AQEnew');
  });

  it('is a key for any other success with one, since a key must never be dropped', () => {
    expect(read(answered(201, '{"apiKey":"AQEnew"}')).kind).toBe('key');
  });

  it('is success without a key for 204', () => {
    expect(read(answered(204)).kind).toBe('no-content');
  });

  it.each([
    [400, 'upstream-bad-request'],
    [401, 'upstream-unauthorized'],
    [403, 'upstream-forbidden'],
    [404, 'credential-not-found'],
    [422, 'upstream-validation'],
    [429, 'upstream-throttled'],
  ])('is a refusal for %i: %s', (status, code) => {
    expect(read(answered(status, '{"status":200}'))).toMatchObject({ kind: 'rejected', code });
  });

  it.each([[500], [502], [503], [504], [408], [409], [302], [308]])(
    'is uncertain for %i, of which the specification does not say that nothing was done',
    (status) => {
      expect(read(answered(status))).toMatchObject({ kind: 'uncertain', code: 'upstream-failure' });
    },
  );

  it.each([
    ['an empty body', ''],
    ['HTML', '<html>AQEkey</html>'],
    ['another field', '{"key":"AQEnew"}'],
    ['an empty key', '{"apiKey":""}'],
    ['a key of another type', '{"apiKey":["AQEnew"]}'],
    ['a key that would end a header', '{"apiKey":"AQE\\r\\nX-Evil: 1"}'],
    ['half a body', '{"apiKey":"AQEn'],
    ['an error that calls itself 200', '{"status":422,"title":"no"}'],
  ])('is malformed for a success with %s', (_what, body) => {
    expect(read(answered(200, body))).toMatchObject({ kind: 'uncertain', code: 'upstream-malformed' });
  });

  it.each([
    ['cut', 'upstream-failure'],
    ['timed-out', 'upstream-timeout'],
    ['too-large', 'upstream-malformed'],
  ] as const)('is uncertain for a success whose body was %s', (kind, code) => {
    const exchange: UpstreamResponse = {
      kind: 'responded',
      status: 200,
      header: () => undefined,
      body: { kind },
    };
    expect(read(exchange)).toMatchObject({ kind: 'uncertain', code });
  });

  it('is decided by the status line where the body of an error was cut', () => {
    const exchange: UpstreamResponse = {
      kind: 'responded',
      status: 422,
      header: () => undefined,
      body: { kind: 'cut' },
    };
    expect(read(exchange)).toMatchObject({ kind: 'rejected', code: 'upstream-validation' });
  });

  it('is a refusal where the upstream was never reached, and uncertain where the request had left', () => {
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
  ])('reads Retry-After %s as %s seconds', (value, seconds) => {
    const outcome = read(answered(429, '', { 'retry-after': value }));
    expect(outcome.kind === 'rejected' ? outcome.retryAfter : 'none').toBe(seconds);
  });

  it('never throws and never shows the management key, whatever the body', () => {
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .anything()
        .map((value) => JSON.stringify({ detail: value, invalidFields: [value, { name: value }] }) ?? ''),
    );
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), body, (status, text) => {
        const outcome = read(answered(status, text + managementKey.reveal()));
        expect(JSON.stringify(outcome)).not.toContain(managementKey.reveal());
      }),
    );
  });
});
