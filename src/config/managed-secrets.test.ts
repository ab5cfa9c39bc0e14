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
  it('has the name in the first matching pattern, with the placeholders filled in', () => {
    const { secretIdOf } = idsOf({
      '*/ACME*/apiCredentials/*': 'keys/{level}/{accountId}/{apiCredentialId}/key',
    });
    expect(secretIdOf(credential)).toBe('keys/merchants/ACME_NL/S2-5A4E4C0F2B3D/key');
    expect(secretIdOf(company)).toBe('keys/companies/ACME/S2-1/key');
  });

  it('does not exist if no pattern covers the API credential', () => {
    const { secretIdOf } = idsOf({ 'merchants/ACME_DE/apiCredentials/*': 'keys/{apiCredentialId}' });
    expect(secretIdOf(credential)).toBeUndefined();
    expect(idsOf({}).secretIdOf(credential)).toBeUndefined();
  });

  it('comes from the first pattern that covers the API credential', () => {
    const { secretIdOf } = idsOf({
      'merchants/ACME_DE/apiCredentials/*': 'german/{apiCredentialId}',
      'merchants/*/apiCredentials/*': 'merchants/{accountId}/{apiCredentialId}',
      'merchants/ACME_NL/apiCredentials/*': 'dutch/{apiCredentialId}',
    });
    expect(secretIdOf(german)).toBe('german/S2-1');
    expect(secretIdOf(credential)).toBe('merchants/ACME_NL/S2-5A4E4C0F2B3D');
  });

  it('may contain the same placeholder twice', () => {
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

  it('gets from the pattern what the name of the secret leaves out', () => {
    const { credentialOf } = idsOf({ 'merchants/ACME_DE/apiCredentials/*': 'keys/{apiCredentialId}' });
    expect(credentialOf('keys/S2-1', ARN)).toEqual(german);
  });

  it('is not an API credential to which an earlier pattern gives another secret', () => {
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
    ['a name that is longer', 'keys/ACME_DE/S2-1/more'],
    ['a name with a prefix', 'my/keys/ACME_DE/S2-1'],
    ['a name with a missing segment', 'keys/S2-1'],
    ['an account that no pattern covers', 'keys/OTHER/S2-1'],
    ['an empty segment', 'keys//S2-1'],
    ['a segment that is not a valid id', 'keys/ACME_DE/..'],
    ['a segment that is too long for an id', `keys/ACME_DE/${'S'.repeat(129)}`],
    ['a segment with a character that an id cannot have', 'keys/ACME_DE/S2+1'],
  ])('is not found for %s', (_what, name) => {
    const { credentialOf } = idsOf({
      'merchants/ACME*/apiCredentials/*': 'keys/{accountId}/{apiCredentialId}',
    });
    expect(credentialOf(name, ARN)).toBeUndefined();
  });

  it('is not found if one placeholder would have two values', () => {
    const { credentialOf } = idsOf({
      'merchants/ACME_DE/apiCredentials/*': 'keys/{apiCredentialId}/{apiCredentialId}',
    });
    expect(credentialOf('keys/S2-1/S2-2', ARN)).toBeUndefined();
    expect(credentialOf('keys/S2-1/S2-1', ARN)).toEqual(german);
  });

  it('is not found if the name of the secret contradicts the pattern', () => {
    const { credentialOf } = idsOf({
      'merchants/ACME_DE/apiCredentials/*': 'keys/{accountId}/{apiCredentialId}',
    });
    expect(credentialOf('keys/ACME_NL/S2-1', ARN)).toBeUndefined();
  });

  it('is found by the literal characters of a template, such as a dot', () => {
    const { credentialOf } = idsOf({ 'merchants/ACME_DE/apiCredentials/*': 'a.b+c/{apiCredentialId}' });
    expect(credentialOf('aXbbc/S2-1', ARN)).toBeUndefined();
    expect(credentialOf('a.b+c/S2-1', ARN)).toEqual(german);
  });

  it('is the API credential that has the secret, whatever the patterns are', () => {
    const anyOf = (names: readonly string[]) => fc.constantFrom(...names);
    const segment = (names: readonly string[]) => fc.oneof(anyOf(names), anyOf(['*', '*1', 'A*']));
    const pattern = fc
      .tuple(
        anyOf(['*', 'merchants', 'companies']),
        segment(['A1', 'A', 'B.-1']),
        segment(['A-1', 'S2-1', '_']),
      )
      .map(([level, account, id]) => `${level}/${account}/apiCredentials/${id}`);
    const template = fc
      .tuple(
        fc.shuffledSubarray(['{level}', '{accountId}', '{apiCredentialId}'], { minLength: 3 }),
        anyOf(['', '-', 'x', '.1']),
        anyOf(['', '-', 'A', '_/']),
      )
      .map(([placeholders, before, after]) =>
        placeholders.map((placeholder) => `${before}${placeholder}${after}`).join('/'),
      );
    const config = fc
      .array(fc.tuple(pattern, template), { minLength: 1, maxLength: 4 })
      // Each pattern has its own prefix, so that two patterns never share a secret.
      .map((entries) => entries.map(([text, rest], index) => [text, `${index}/${rest}`] as const));
    const anyCredential = fc.record({
      level: fc.constantFrom('merchants', 'companies'),
      accountId: anyOf(['A1', 'A', 'AB', 'B.-1', 'B']),
      apiCredentialId: anyOf(['A-1', 'S2-1', '_', '1', 'A.x']),
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
  it('are refused if the configuration alone shows the conflict', () => {
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

  it('give the secret to the first pattern, and no secret to the second', () => {
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
    ['with a placeholder and without the six random characters', `${arn}{apiCredentialId}`],
    ['without the six random characters', `${arn}S2-1`],
    ['with the six random characters', `${arn}S2-1-AbCdEf`],
  ])('%s is found by its full ARN', (_how, template) => {
    const { credentialOf } = idsOf({ 'merchants/ACME_DE/apiCredentials/S2-1': template });
    expect(credentialOf('another name', `${arn}S2-1-AbCdEf`)).toEqual(german);
  });

  it('does not take the six random characters as a part of the id', () => {
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
    ['a pattern with an unknown level', { 'stores/ACME_DE/apiCredentials/S2-1': 'keys/one' }],
    ['a secret that is not a text', { 'merchants/ACME_DE/apiCredentials/S2-1': ['keys/one'] }],
    ['a secret without a name', { 'merchants/ACME_DE/apiCredentials/S2-1': '' }],
    ['a name that is too long', { 'merchants/ACME_DE/apiCredentials/S2-1': 'k'.repeat(513) }],
    [
      'a name with a character that a secret cannot have',
      { 'merchants/ACME_DE/apiCredentials/S2-1': 'keys/one?' },
    ],
    ['an unknown placeholder', { 'merchants/ACME_DE/apiCredentials/S2-1': 'keys/{merchant}' }],
    ['half a placeholder', { 'merchants/ACME_DE/apiCredentials/*': 'keys/{apiCredentialId}/{level' }],
    [
      'two placeholders side by side',
      { 'merchants/*/apiCredentials/*': 'keys/{accountId}{apiCredentialId}' },
    ],
    [
      'two placeholders without a slash between them',
      { 'merchants/*/apiCredentials/*': 'keys/{accountId}-{apiCredentialId}' },
    ],
    ['one secret for both levels', { '*/ACME/apiCredentials/S2-1': 'keys/one' }],
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
