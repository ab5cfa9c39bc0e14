import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { createListSecrets } from './list-secrets.ts';

const aws = mockClient(SecretsManagerClient);
afterEach(() => aws.reset());

const entry = (Name: string) => ({ Name, ARN: `arn:${Name}` });
const secret = (name: string) => ({ name, arn: `arn:${name}` });
const list = (...prefixes: string[]) => createListSecrets(new SecretsManagerClient({}), prefixes)();
async function allOf<T>(found: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of found) all.push(one);
  return all;
}
const requests = () => aws.commandCalls(ListSecretsCommand).map(({ args }) => args[0].input);

describe('the list of secrets', () => {
  it('is asked for by the beginning of the name, newest first, without secrets that are scheduled for deletion', async () => {
    aws.on(ListSecretsCommand).resolves({ SecretList: [entry('keyturn/keys/1'), {}] });
    expect(await allOf(list('keyturn/keys/'))).toEqual([secret('keyturn/keys/1')]);
    expect(requests()).toEqual([
      { Filters: [{ Key: 'name', Values: ['keyturn/keys/'] }], SortOrder: 'desc', MaxResults: 100 },
    ]);
  });

  it('is read to its end, over pages that may be empty, and for each beginning', async () => {
    const Filters = [{ Key: 'name' as const, Values: ['b/'] }];
    aws
      .on(ListSecretsCommand)
      .resolves({ SecretList: [entry('a/1')] })
      .on(ListSecretsCommand, { Filters })
      .resolves({ SecretList: [entry('b/1')], NextToken: '2' })
      .on(ListSecretsCommand, { Filters, NextToken: '2' })
      .resolves({ NextToken: '3' })
      .on(ListSecretsCommand, { Filters, NextToken: '3' })
      .resolves({ SecretList: [entry('b/2')] });
    expect(await allOf(list('a/', 'b/'))).toEqual(['a/1', 'b/1', 'b/2'].map(secret));
  });

  it('has all secrets if nothing is known of their names, and asks for none if there are no managed secrets', async () => {
    aws.on(ListSecretsCommand).resolves({ SecretList: [entry('app')] });
    expect(await allOf(list(''))).toEqual([secret('app')]);
    expect(requests()).toEqual([{ SortOrder: 'desc', MaxResults: 100 }]);
    expect(await allOf(list())).toEqual([]);
    expect(requests()).toHaveLength(1);
  });

  it('asks for the next page only when it is needed', async () => {
    aws.on(ListSecretsCommand).resolves({ SecretList: [entry('a/1'), entry('a/2')], NextToken: 'more' });
    for await (const { name } of list('a/')) if (name === 'a/2') break;
    expect(requests()).toHaveLength(1);
  });

  it('fails if AWS fails', async () => {
    aws.on(ListSecretsCommand).rejects(new Error('throttled'));
    await expect(allOf(list('a/'))).rejects.toThrow('throttled');
  });
});
