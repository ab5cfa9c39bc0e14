import { expect, it } from 'vitest';
import { httpEvent } from '../../../test/support/http-event.ts';
import { positionOf } from '../../rotation/history.ts';
import { encodeCursor } from './cursor.ts';
import { parseListQuery } from './list-query.ts';

const read = (query: Record<string, string>) => parseListQuery(httpEvent('GET /v1/rotations', { query }));

it.each([
  ['made by Keyturn', '01a209c9-b829-73cb-ae09-044a487139f9'],
  ['a version that Secrets Manager named', '01A209C9-B829-73CB-AE09-044A487139F9'],
  ['a version that an operator named', `rotate/2026#11/${'x'.repeat(49)}`],
])('a page continues after a rotation whose id is %s', (_what, id) => {
  const position = positionOf({ requestedAt: '2026-11-23T12:00:00.000Z', id });
  expect(read({ cursor: encodeCursor(position) })).toMatchObject({ before: position });
});

it.each([
  ['2026-02-28T23:59:59Z', '2026-02-28T23:59:59.000Z'],
  ['2028-02-29t12:00:00.5+01:00', '2028-02-29T11:00:00.500Z'],
  ['2026-12-31T23:30:00-01:00', '2027-01-01T00:30:00.000Z'],
])('the time %s is %s', (text, time) => {
  expect(read({ from: text })).toMatchObject({ from: time });
});

it.each([
  '2026-02-30T00:00:00Z',
  '2026-02-28T24:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-02-28T12:60:00Z',
  '2026-02-28T12:00:00+24:00',
  '9999-12-31T23:59:59-05:00',
  '0000-01-01T00:00:00+05:00',
])('the time %s does not exist', (text) => {
  expect(() => read({ to: text })).toThrow(
    expect.objectContaining({
      fields: expect.objectContaining({
        invalidFields: [{ name: 'to', message: 'must be a time that exists' }],
      }),
    }),
  );
});

it('an unknown parameter with an unsafe name is reported as the query', () => {
  expect(() => read({ 'from-date': 'x' })).toThrow(
    expect.objectContaining({
      fields: expect.objectContaining({ invalidFields: [{ name: 'query', message: 'is unknown' }] }),
    }),
  );
});
