import * as v from 'valibot';
import { addStatements, isFunctionRole, mapResources, type Resources } from './template.ts';

const ids = (kind: string) =>
  v.pipe(
    v.string(),
    v.transform((text) =>
      text
        .split(',')
        .map((id) => id.trim())
        .filter(Boolean),
    ),
    v.array(
      v.pipe(
        v.string(),
        v.regex(new RegExp(`^${kind}-[0-9a-f]+$`), `must be ${kind}-…, separated by commas`),
      ),
    ),
  );

/** The subnets and security groups of the functions, separated by commas. Empty is no network. */
export const NetworkSchema = v.pipe(
  v.object({ subnetIds: ids('subnet'), securityGroupIds: ids('sg') }),
  v.check(
    ({ subnetIds, securityGroupIds }) => (subnetIds.length === 0) === (securityGroupIds.length === 0),
    'subnetIds and securityGroupIds must be given together',
  ),
);
export type Network = v.InferOutput<typeof NetworkSchema>;

/** What Lambda needs of a function's role: docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html. */
const NETWORK_INTERFACES = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** The framework's `provider.vpc`, or undefined without a network. */
export function vpcConfig(network: Network): Network | undefined {
  return network.subnetIds.length > 0 ? network : undefined;
}

/**
 * Lets Lambda make the network interfaces of the functions, and denies the same to their code, as the same page of AWS
 * recommends. AWS's managed policy, which the framework attaches, would also open every log group.
 */
export function allowNetworkInterfaces(resources: Resources): Resources {
  const statement = { Action: NETWORK_INTERFACES, Resource: '*' };
  // The key is there only in a call from a function's code.
  const Condition = { Null: { 'lambda:SourceFunctionArn': 'false' } };
  const statements = [
    { Effect: 'Allow', ...statement },
    { Effect: 'Deny', ...statement, Condition },
  ];
  return mapResources(resources, (resource, id) => {
    if (!isFunctionRole(id)) return resource;
    const { Properties, ...role } = addStatements(resource, () => statements);
    return { ...role, Properties: { ...Properties, ManagedPolicyArns: [] } };
  });
}
