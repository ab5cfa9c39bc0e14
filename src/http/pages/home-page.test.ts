import { expect, it } from 'vitest';
import { homePage } from './home-page.ts';

it('the front page leads to the console only if there is one', () => {
  const bodyWith = (hasConsole: boolean) => homePage({ hasConsole, version: '1.2.3' }).body;
  expect(bodyWith(true)).toContain('href="/console"');
  expect(bodyWith(false)).not.toContain('/console');
  expect(bodyWith(false)).toContain('version 1.2.3');
});
