import { expect, it } from 'vitest';
import { code, table } from './table.ts';

it('a table has a line for its head and one for each row, and escapes what would end a cell', () => {
  expect(table(['name', 'value'], [[code('a|b'), '1']])).toBe(
    '| name | value |\n| --- | --- |\n| `a\\|b` | 1 |',
  );
});
