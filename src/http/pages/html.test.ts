import { expect, it } from 'vitest';
import { escapeHtml, withCode } from './html.ts';

it('text is shown and never read as markup', () => {
  expect(escapeHtml(`<a href="x" id='y'>&`)).toBe('&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;');
  expect(withCode('send `"force": true` <now>')).toBe(
    'send <code>&quot;force&quot;: true</code> &lt;now&gt;',
  );
});
