import { expect, it } from 'vitest';
import { listText } from './screen.ts';

const credential = { level: 'merchants', accountId: 'ACME_NL', apiCredentialId: 'S2-1' } as const;

it('the list says that the pattern covers no known API credential', () => {
  expect(listText({ chosen: [], leftOut: [] })).toBe(
    'There is nothing to rotate: Keyturn knows no API credential that the pattern covers.',
  );
});

it('the list says that all API credentials are left out, and why', () => {
  expect(listText({ chosen: [], leftOut: [{ credential, why: 'no managed secret' }] })).toBe(
    [
      'There is nothing to rotate.',
      '1 are left out:',
      '  merchants/ACME_NL/apiCredentials/S2-1  no managed secret',
    ].join('\n'),
  );
});
