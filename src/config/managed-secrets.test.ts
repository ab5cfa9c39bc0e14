import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { credential } from '../../test/support/rotations.ts';
import { createManagedSecrets, ManagedSecretsSchema } from './managed-secrets.ts';

const idsOf = (entries: Record<string, string>) =>
  createManagedSecrets(v.parse(ManagedSecretsSchema, entries));

const ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:keyturn/keys/one-a1B2c3';
const german = { level: 'merchants', accountId: 'ACME_DE', apiCredentialId: 'S2-1' } as const;
const company = { level: 'companies', accountId: 'ACME', apiCredentialId: 'S2-1' } as const;

describe('the managed secret of an API credential', () => {
  it('is the one that its pattern names, with the API credential in the place of the placeholders', () => {
    const { secretIdOf } = idsOf({
      '*/ACME*/apiCredentials/*': 'keys/{level}/{accountId}/{apiCredentialId}/key',
    });
    expect(secretIdOf(credential)).toBe('keys/merchants/ACME_NL/S2-5A4E4C0F2B3D/key');
    expect(secretIdOf(company)).toBe('keys/companies/ACME/S2-1/key');
  });

  it('is none where no pattern covers it', () => {
    const { secretIdOf } = idsOf({ 'merchants/ACME_DE/apiCredentials/*': 'keys/{apiCredentialId}' });
    expect(secretIdOf(credential)).toBeUndefined();
    expect(idsOf({}).secretIdOf(credential)).toBeUndefined();
  });

  it('is that of the first pattern that covers it', () => {
    const { secretIdOf } = idsOf({
      'merchants/ACME_DE/apiCredentials/*': 'german/{apiCredentialId}',
      'merchants/*/apiCredentials/*': 'merchants/{accountId}/{apiCredentialId}',
      'merchants/ACME_NL/apiCredentials/*': 'dutch/{apiCredentialId}',
    });
    expect(secretIdOf(german)).toBe('german/S2-1');
    expect(secretIdOf(credential)).toBe('merchants/ACME_NL/S2-5A4E4C0F2B3D');
  });

  it('holds a placeholder as often as it likes', () => {
    const { secretIdOf } = idsOf({
      'merchants/ACME_DE/apiCredentials/*': '{apiCredentialId}/{apiCredentialId}',
    });
    expect(secretIdOf(german)).toBe('S2-1/S2-1');
  });
});

describe('the API credential of a managed secret', () => {
  it('is found by the secret’s name', () => {
    const { credentialOf } = idsOf({ '*/*/apiCredentials/*': 'keys/{level}/{accountId}/{apiCredentialId}' });
    expect(credentialOf('keys/merchants/ACME_DE/S2-1', ARN)).toEqual(german);
  });

  it('is found by the secret’s ARN', () => {
    const { credentialOf } = idsOf({ 'merchants/ACME_DE/apiCredentials/S2-1': ARN });
    expect(credentialOf('keyturn/keys/one', ARN)).toEqual(german);
  });

  it('has the parts that its pattern says in so many words', () => {
    const { credentialOf } = idsOf({ 'merchants/ACME_DE/apiCredentials/*': 'keys/{apiCredentialId}' });
    expect(credentialOf('keys/S2-1', ARN)).toEqual(german);
  });

  it('is not one to which an earlier pattern gives another secret', () => {
    const { credentialOf } = idsOf({
      'merchants/ACME_DE/apiCredentials/S2-1': 'elsewhere',
      'merchants/*/apiCredentials/*': 'keys/{accountId}/{apiCredentialId}',
    });
    expect(credentialOf('keys/ACME_DE/S2-1', ARN)).toBeUndefined();
    expect(credentialOf('keys/ACME_DE/S2-2', ARN)).toEqual({ ...german, apiCredentialId: 'S2-2' });
    expect(credentialOf('elsewhere', ARN)).toEqual(german);
  });

  it.each([
    ['another name', 'other/ACME_DE/S2-1'],
    ['a name that goes on', 'keys/ACME_DE/S2-1/more'],
    ['a name that begins with more', 'my/keys/ACME_DE/S2-1'],
    ['a name with a part less', 'keys/S2-1'],
    ['an account that no pattern covers', 'keys/OTHER/S2-1'],
    ['an empty part', 'keys//S2-1'],
    ['a part that is no id', 'keys/ACME_DE/..'],
    ['a part that is too long to be an id', `keys/ACME_DE/${'S'.repeat(129)}`],
    ['a part with a sign that no id has', 'keys/ACME_DE/S2+1'],
  ])('is none for %s', (_what, name) => {
    const { credentialOf } = idsOf({
      'merchants/ACME*/apiCredentials/*': 'keys/{accountId}/{apiCredentialId}',
    });
    expect(credentialOf(name, ARN)).toBeUndefined();
  });

  it('is none where the same placeholder would stand for two things', () => {
    const { credentialOf } = idsOf({
      'merchants/ACME_DE/apiCredentials/*': 'keys/{apiCredentialId}/{apiCredentialId}',
    });
    expect(credentialOf('keys/S2-1/S2-2', ARN)).toBeUndefined();
    expect(credentialOf('keys/S2-1/S2-1', ARN)).toEqual(german);
  });

  it('is none where the secret’s id contradicts what the pattern says in so many words', () => {
    const { credentialOf } = idsOf({
      'merchants/ACME_DE/apiCredentials/*': 'keys/{accountId}/{apiCredentialId}',
    });
    expect(credentialOf('keys/ACME_NL/S2-1', ARN)).toBeUndefined();
  });

  it('takes the signs of a template for nothing but themselves', () => {
    const { credentialOf } = idsOf({ 'merchants/ACME_DE/apiCredentials/*': 'a.b+c/{apiCredentialId}' });
    expect(credentialOf('aXbbc/S2-1', ARN)).toBeUndefined();
    expect(credentialOf('a.b+c/S2-1', ARN)).toEqual(german);
  });

  it('is the one whose secret it is, whatever the patterns', () => {
    const part = (names: readonly string[]) => fc.constantFrom(...names);
    const segment = (names: readonly string[]) => fc.oneof(part(names), part(['*', '*1', 'A*']));
    const pattern = fc
      .tuple(
        part(['*', 'merchants', 'companies']),
        segment(['A1', 'A', 'B.-1']),
        segment(['A-1', 'S2-1', '_']),
      )
      .map(([level, account, id]) => `${level}/${account}/apiCredentials/${id}`);
    const template = fc
      .tuple(
        fc.shuffledSubarray(['{level}', '{accountId}', '{apiCredentialId}'], { minLength: 3 }),
        part(['', '-', 'x', '.1']),
        part(['', '-', 'A', '_/']),
      )
      .map(([placeholders, before, after]) =>
        placeholders.map((placeholder) => `${before}${placeholder}${after}`).join('/'),
      );
    const config = fc
      .array(fc.tuple(pattern, template), { minLength: 1, maxLength: 4 })
      // Each pattern has its own place for its secrets, so that none is shared.
      .map((entries) => entries.map(([text, rest], index) => [text, `${index}/${rest}`] as const));
    const anyCredential = fc.record({
      level: fc.constantFrom('merchants', 'companies'),
      accountId: part(['A1', 'A', 'AB', 'B.-1', 'B']),
      apiCredentialId: part(['A-1', 'S2-1', '_', '1', 'A.x']),
    });
    let covered = 0;
    fc.assert(
      fc.property(config, anyCredential, (entries, one) => {
        const { secretIdOf, credentialOf } = idsOf(Object.fromEntries(entries));
        const id = secretIdOf(one);
        if (id === undefined) return;
        covered += 1;
        expect(credentialOf(id, ARN)).toEqual(one);
        expect(credentialOf('a name', id)).toEqual(one);
      }),
      { numRuns: 1_000 },
    );
    expect(covered).toBeGreaterThan(100);
  });
});

describe('two patterns that lead to one secret', () => {
  it('are refused where that can be seen', () => {
    const shared = {
      'merchants/A/apiCredentials/*': 'keys/{apiCredentialId}',
      'merchants/B/apiCredentials/*': 'keys/{apiCredentialId}',
    };
    expect(v.safeParse(ManagedSecretsSchema, shared).issues?.[0].message).toContain('one secret');
    const own = {
      'merchants/A/apiCredentials/*': 'keys/{apiCredentialId}',
      'merchants/A/apiCredentials/X': 'x',
    };
    expect(v.safeParse(ManagedSecretsSchema, own).success).toBe(true);
  });

  it('leave it to the first, and the other has none', () => {
    const { secretIdOf, credentialOf } = idsOf({
      'merchants/ACME_DE/apiCredentials/*': 'keys/{apiCredentialId}',
      'companies/ACME/apiCredentials/S2-1': 'keys/S2-1',
    });
    expect([secretIdOf(german), secretIdOf(company)]).toEqual(['keys/S2-1', undefined]);
    expect(credentialOf('keys/S2-1', ARN)).toEqual(german);
  });
});

describe('a secret that is named by its ARN', () => {
  const arn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys/';

  it.each([
    ['with a placeholder, without the six characters', `${arn}{apiCredentialId}`],
    ['without the six characters', `${arn}S2-1`],
    ['as it is', `${arn}S2-1-AbCdEf`],
  ])('%s is found by what AWS calls it', (_how, template) => {
    const { credentialOf } = idsOf({ 'merchants/ACME_DE/apiCredentials/S2-1': template });
    expect(credentialOf('another name', `${arn}S2-1-AbCdEf`)).toEqual(german);
  });

  it('does not take the six characters for a part of an id', () => {
    const { credentialOf } = idsOf({ 'merchants/ACME_DE/apiCredentials/*': `${arn}{apiCredentialId}` });
    expect(credentialOf('another name', `${arn}S2-1-AbCdEf`)).toEqual(german);
  });
});

describe('the configuration of the managed secrets', () => {
  it.each<[string, unknown]>([
    ['a list', []],
    ['nothing', null],
    ['a text', 'keys/{apiCredentialId}'],
    ['a pattern without its middle', { 'merchants/ACME_DE/S2-1': 'keys/one' }],
    ['a pattern of another level', { 'stores/ACME_DE/apiCredentials/S2-1': 'keys/one' }],
    ['a secret that is no text', { 'merchants/ACME_DE/apiCredentials/S2-1': ['keys/one'] }],
    ['a secret without a name', { 'merchants/ACME_DE/apiCredentials/S2-1': '' }],
    ['a name that is too long', { 'merchants/ACME_DE/apiCredentials/S2-1': 'k'.repeat(513) }],
    ['a name with a sign that no secret has', { 'merchants/ACME_DE/apiCredentials/S2-1': 'keys/one?' }],
    ['another placeholder', { 'merchants/ACME_DE/apiCredentials/S2-1': 'keys/{merchant}' }],
    ['half a placeholder', { 'merchants/ACME_DE/apiCredentials/*': 'keys/{apiCredentialId}/{level' }],
    [
      'two placeholders side by side',
      { 'merchants/*/apiCredentials/*': 'keys/{accountId}{apiCredentialId}' },
    ],
    ['no slash between', { 'merchants/*/apiCredentials/*': 'keys/{accountId}-{apiCredentialId}' }],
    ['one secret for all of a level', { '*/ACME/apiCredentials/S2-1': 'keys/one' }],
    ['one secret for some accounts', { 'merchants/ACME_*/apiCredentials/*': 'keys/{apiCredentialId}' }],
    ['one secret for some API credentials', { 'merchants/ACME/apiCredentials/S2-*': 'keys/{accountId}' }],
    [
      'one bad entry among good ones',
      { 'merchants/ACME_DE/apiCredentials/S2-1': 'keys/one', 'merchants/*/apiCredentials/*': 'keys/two' },
    ],
  ])('is refused for %s', (_what, config) => {
    expect(v.safeParse(ManagedSecretsSchema, config).success).toBe(false);
  });
});
