import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { IamRequest } from './requests.ts';
import { ACCOUNT } from './resolve-template.ts';

/** A statement of a role's policy, with its condition if it has one. */
export type Statement = Readonly<{
  Effect: string;
  Action: string | string[];
  Resource: string | string[];
}>;

/** One action on one resource, as one of a role's statements allows it. */
export type Permission = Readonly<{ action: string; resource: string; statement: Statement }>;

/** Whether a role with these statements, and no other policy, may do this. */
export async function isAllowed(
  statements: readonly Statement[],
  { action, resource, context }: IamRequest,
): Promise<boolean> {
  const result = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:role/keyturn`,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: { ...context, 'aws:SecureTransport': 'true' },
      },
      identityPolicies: [{ name: 'role', policy: { Version: '2012-10-17', Statement: statements } }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  // A wrong action, resource or condition key would otherwise be an answer to another question.
  if (result.resultType !== 'single') {
    throw new Error(`${action} on ${resource} cannot be judged: ${JSON.stringify(result)}`);
  }
  const ignored = result.result.ignoredContextKeys ?? [];
  if (ignored.length > 0) throw new Error(`${action} does not set the condition keys ${ignored.join(', ')}`);
  return result.overallResult === 'Allowed';
}

/** All that the statements allow, one action on one resource each. */
export function permissionsIn(statements: readonly Statement[]): Permission[] {
  return statements.flatMap((statement) =>
    [statement.Action].flat().flatMap((action) =>
      [statement.Resource].flat().map((resource) => ({
        action,
        resource,
        statement: { ...statement, Action: action, Resource: resource },
      })),
    ),
  );
}

/** The permissions without which every one of these requests would still be allowed. */
export async function unusedIn(
  permissions: readonly Permission[],
  requests: readonly IamRequest[],
): Promise<Permission[]> {
  const unused: Permission[] = [];
  for (const permission of permissions) {
    const others = permissions.filter((one) => one !== permission).map(({ statement }) => statement);
    if (!(await isNeeded(permission, others, requests))) unused.push(permission);
  }
  return unused;
}

async function isNeeded(
  { action, statement }: Permission,
  others: readonly Statement[],
  requests: readonly IamRequest[],
): Promise<boolean> {
  for (const request of requests.filter((one) => one.action === action)) {
    const allows = await isAllowed([statement], request);
    if (allows && !(await isAllowed(others, request))) return true;
  }
  return false;
}
