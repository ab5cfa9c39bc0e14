import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { NetworkSchema, vpcConfig } from './network.ts';

const parse = (subnetIds: string, securityGroupIds: string) =>
  v.safeParse(NetworkSchema, { subnetIds, securityGroupIds });

describe('a network', () => {
  it('is read from lists that are separated by commas', () => {
    const network = v.parse(NetworkSchema, {
      subnetIds: 'subnet-0a1, subnet-0b2',
      securityGroupIds: 'sg-0c3',
    });
    expect(vpcConfig(network)).toEqual({
      subnetIds: ['subnet-0a1', 'subnet-0b2'],
      securityGroupIds: ['sg-0c3'],
    });
  });

  it('is none if nothing is given', () => {
    expect(vpcConfig(v.parse(NetworkSchema, { subnetIds: '', securityGroupIds: '' }))).toBeUndefined();
  });

  it.each([
    [
      'subnets without security groups',
      'subnet-0a1',
      '',
      'subnetIds and securityGroupIds must be given together',
    ],
    [
      'security groups without subnets',
      '',
      'sg-0c3',
      'subnetIds and securityGroupIds must be given together',
    ],
    ['an id of another kind', 'subnet-0a1', 'vpc-0c3', 'must be sg-…, separated by commas'],
  ])('cannot be %s', (_what, subnetIds, securityGroupIds, message) => {
    expect(parse(subnetIds, securityGroupIds).issues?.map((issue) => issue.message)).toEqual([message]);
  });
});
