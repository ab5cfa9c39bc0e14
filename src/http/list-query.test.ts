import { expect, it } from 'vitest';
import { httpEvent } from '../../test/support/http-event.ts';
import { positionOf } from '../audit/item.ts';
import { encodeCursor } from './cursor.ts';
import type { HttpEvent } from './http-event.ts';
import { parseListQuery } from './list-query.ts';

// The chain's first middleware adds the summary, which no query needs.
const read = (query: Record<string, string>) =>
  parseListQuery(httpEvent('GET /v1/rotations', { query }) as HttpEvent);

it.each([
  ['ours', '01a209c9-b829-73cb-ae09-044a487139f9'],
  ['a version that Secrets Manager has named', '01A209C9-B829-73CB-AE09-044A487139F9'],
  ['a version that somebody has named', `rotate/2026#11/${'x'.repeat(49)}`],
])('a page goes on behind a rotation whose id is %s', (_what, id) => {
  const position = positionOf({ requestedAt: '2026-11-23T12:00:00.000Z', id });
  expect(read({ cursor: encodeCursor(position) })).toMatchObject({ before: position });
});
