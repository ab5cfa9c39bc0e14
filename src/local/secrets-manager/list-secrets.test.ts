import {
  CreateSecretCommand,
  ListSecretsCommand,
  type ListSecretsCommandInput,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SecretsManagerInUse, useSecretsManager } from '../../../test/support/secrets-manager.ts';

let used: SecretsManagerInUse;
beforeAll(async () => {
  used = await useSecretsManager();
  for (const Name of ['keyturn/keys/1', 'Keyturn/keys/2', 'keyturn/keys/3', 'app/keyturn/keys/4']) {
    await used.client.send(new CreateSecretCommand({ Name, SecretString: 'value' }));
  }
});
afterAll(() => used.close());

const list = (input: ListSecretsCommandInput = {}) => used.client.send(new ListSecretsCommand(input));
const named = (...Values: string[]) => ({ Filters: [{ Key: 'name' as const, Values }] });
const namesIn = ({ SecretList = [] }: Awaited<ReturnType<typeof list>>) => SecretList.map(({ Name }) => Name);

describe('the list of secrets', () => {
  it('has each secret once, with its name and ARN, and no value', async () => {
    const { SecretList = [] } = await list({ SortOrder: 'asc' });
    expect(SecretList.map(({ Name }) => Name)).toEqual([
      'keyturn/keys/1',
      'Keyturn/keys/2',
      'keyturn/keys/3',
      'app/keyturn/keys/4',
    ]);
    expect(SecretList[0]).toEqual({
      ARN: 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:keyturn/keys/1-local0',
      Name: 'keyturn/keys/1',
      CreatedDate: expect.any(Date),
      RotationEnabled: false,
    });
  });

  it('has only names that begin with the value of the filter, in the same case', async () => {
    expect(namesIn(await list({ ...named('keyturn/keys/'), SortOrder: 'asc' }))).toEqual([
      'keyturn/keys/1',
      'keyturn/keys/3',
    ]);
    expect(namesIn(await list(named('keyturn/none/')))).toEqual([]);
  });

  it('comes in pages, and leaves out no secret if one is created meanwhile', async () => {
    const input = { ...named('keyturn/keys/'), SortOrder: 'desc' as const, MaxResults: 1 };
    const first = await list(input);
    await used.client.send(new CreateSecretCommand({ Name: 'keyturn/keys/5', SecretString: 'value' }));
    const second = await list({ ...input, NextToken: first.NextToken });
    expect([first, second].map(namesIn)).toEqual([['keyturn/keys/3'], ['keyturn/keys/1']]);
    expect(second.NextToken).toBeUndefined();
  });

  it.each([
    ['a token that is not from a list', { NextToken: 'other' }, 'InvalidNextTokenException'],
    ['no result at all', { MaxResults: 0 }, 'InvalidParameterException'],
    ['more than 100 results', { MaxResults: 101 }, 'InvalidParameterException'],
    ['a filter that is not supported here', named('!keyturn'), 'InvalidParameterException'],
  ])('is refused for %s', async (_what, input, name) => {
    await expect(list(input)).rejects.toMatchObject({ name });
  });
});
