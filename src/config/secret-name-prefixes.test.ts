import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { ManagedSecretsSchema } from './managed-secrets.ts';
import { secretNamePrefixes } from './secret-name-prefixes.ts';

const prefixesOf = (entries: Record<string, string>) =>
  secretNamePrefixes(v.parse(ManagedSecretsSchema, entries));
const ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:';

describe('the beginnings of the names of managed secrets', () => {
  it.each([
    ['end at the first placeholder', 'keyturn/keys/{accountId}/{apiCredentialId}', 'keyturn/keys/'],
    ['may be nothing', '{accountId}/{apiCredentialId}', ''],
    ['are found in ARNs', `${ARN}keyturn/keys/{accountId}/{apiCredentialId}`, 'keyturn/keys/'],
    ['are nothing in ARNs whose name is not there', 'arn:aws:{accountId}/{apiCredentialId}', ''],
  ])('%s', (_what, template, prefix) => {
    expect(prefixesOf({ 'merchants/*/apiCredentials/*': template })).toEqual([prefix]);
  });

  it('are whole names where a secret is named, without the end that AWS gives its ARN', () => {
    expect(
      prefixesOf({
        'merchants/A/apiCredentials/1': 'one',
        'merchants/A/apiCredentials/2': `${ARN}two-a1B2c3`,
      }),
    ).toEqual(['one', 'two']);
  });

  it('do not begin with each other: no secret is listed twice', () => {
    expect(
      prefixesOf({
        'merchants/A/apiCredentials/*': 'keyturn/keys/a/{apiCredentialId}',
        'merchants/B/apiCredentials/*': 'other/{apiCredentialId}',
        'merchants/C/apiCredentials/*': 'keyturn/{apiCredentialId}',
        'companies/C/apiCredentials/*': 'keyturn/{apiCredentialId}/company',
      }),
    ).toEqual(['other/', 'keyturn/']);
  });

  it('are none if there are no managed secrets', () => {
    expect(prefixesOf({})).toEqual([]);
  });
});
