import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import type { ApiCredential } from '../rotation/api-credential.ts';
import { isCovered } from '../rotation/credential-pattern.ts';
import { GrantsSchema, patternsOf } from './grants.ts';

const granted = (pattern: string, path: string) => {
  const [level, accountId, , apiCredentialId] = path.split('/');
  // The paths of this test are credential paths.
  const credential = { level, accountId, apiCredentialId } as ApiCredential;
  return isCovered(
    credential,
    patternsOf(v.parse(GrantsSchema, { 'client:app': [pattern] }), ['client:app']),
  );
};

describe('a grant', () => {
  it.each([
    ['merchants/ACME_NL/apiCredentials/S2-1', 'merchants/ACME_NL/apiCredentials/S2-1', true],
    ['merchants/ACME_NL/apiCredentials/*', 'merchants/ACME_NL/apiCredentials/S2-1', true],
    ['merchants/ACME_*/apiCredentials/*', 'merchants/ACME_NL/apiCredentials/S2-1', true],
    ['*/ACME*/apiCredentials/S2-*', 'companies/ACME/apiCredentials/S2-1', true],
    ['merchants/*NL/apiCredentials/*', 'merchants/ACME_NL/apiCredentials/S2-1', true],
    ['merchants/ACME/apiCredentials/*', 'merchants/ACME_NL/apiCredentials/S2-1', false],
    ['merchants/ACME_*/apiCredentials/*', 'merchants/ACMEX_NL/apiCredentials/S2-1', false],
    ['merchants/ACME_NL/apiCredentials/*', 'companies/ACME_NL/apiCredentials/S2-1', false],
    ['merchants/ACME_NL/apiCredentials/S2-1', 'merchants/ACME_NL/apiCredentials/S2-11', false],
    ['merchants/ACME.NL/apiCredentials/*', 'merchants/ACMEXNL/apiCredentials/S2-1', false],
    ['merchants/*NL/apiCredentials/*', 'merchants/ACME_NLX/apiCredentials/S2-1', false],
  ])('of %s covers %s: %s', (pattern, path, expected) => {
    expect(granted(pattern, path)).toBe(expected);
  });

  it('belongs to one caller only, and the name of a built-in property is not a caller', () => {
    const grants = v.parse(GrantsSchema, { 'client:app': ['merchants/*/apiCredentials/*'] });
    const credential = { level: 'merchants', accountId: 'A', apiCredentialId: 'B' } as const;
    expect(isCovered(credential, patternsOf(grants, ['client:app']))).toBe(true);
    for (const name of ['app', 'subject:app', 'client:other', 'constructor', '__proto__', 'toString', '']) {
      expect(isCovered(credential, patternsOf(grants, [name]))).toBe(false);
    }
    expect(isCovered(credential, patternsOf(grants, []))).toBe(false);
  });

  it('without a wildcard covers its own API credential and no other', () => {
    const id = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,20}$/);
    fc.assert(
      fc.property(id, id, id, (account, apiCredentialId, other) => {
        const pattern = `merchants/${account}/apiCredentials/${apiCredentialId}`;
        expect(granted(pattern, pattern)).toBe(true);
        expect(granted(pattern, `merchants/${account}/apiCredentials/${other}`)).toBe(
          other === apiCredentialId,
        );
      }),
    );
  });

  it.each([
    ['two segments', ['merchants/ACME_NL']],
    ['an unknown level', ['accounts/ACME/apiCredentials/*']],
    ['one slash too many', ['merchants/ACME/NL/apiCredentials/*']],
    ['a text instead of a list', 'merchants/*/apiCredentials/*'],
    ['a number as a pattern', [1]],
    ['a regular expression', ['merchants/(.*)/apiCredentials/.*']],
  ])('is refused at start if it has %s', (_what, patterns) => {
    expect(v.safeParse(GrantsSchema, { 'client:app': patterns }).success).toBe(false);
  });

  it.each(['app', 'role:app', 'client:', 'Client:app', ' client:app', ''])(
    'is refused at start if it is written for "%s"',
    (name) => {
      const patterns = ['merchants/*/apiCredentials/*'];
      expect(v.safeParse(GrantsSchema, { [name]: patterns }).issues?.[0].message).toBe(
        'must name each caller as "client:<client id>", "subject:<sub>" or "event:<source>"',
      );
    },
  );
});
