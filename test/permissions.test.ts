import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LOCAL_SECRET_ID, LOCAL_TABLE } from '../src/local/settings.ts';
import { useDurableRunner } from './support/durable-runner.ts';
import { FUNCTION_NAMES, type FunctionName } from './support/function-names.ts';
import { isAllowed, permissionsIn, type Statement, unusedIn } from './support/iam/judge.ts';
import { NEEDED_ONLY_IN_AWS } from './support/iam/needed-only-in-aws.ts';
import { recordCalls } from './support/iam/record-calls.ts';
import { type IamRequest, requestsOf } from './support/iam/requests.ts';
import { templateResolver } from './support/iam/resolve-template.ts';
import { captureOutput } from './support/output.ts';
import { type Package, packageFor } from './support/package.ts';

// It packages Keyturn, and lets days pass for every function.
vi.setConfig({ hookTimeout: 240_000 });

const SETTINGS = {
  MANAGEMENT_CREDENTIAL_SECRET_ID: LOCAL_SECRET_ID,
  OIDC_ISSUER: 'https://issuer.example.com/',
  OIDC_AUDIENCE: 'keyturn',
  MANAGED_SECRETS: JSON.stringify({
    'merchants/ACME_NL/apiCredentials/*': 'keyturn/keys/{level}/{accountId}/apiCredentials/{apiCredentialId}',
  }),
  CALLER_GRANTS: JSON.stringify({
    'client:local-app': ['merchants/ACME_*/apiCredentials/*'],
    'client:one-credential': ['merchants/ACME_NL/apiCredentials/S2-5A4E4C0F2B3D'],
    'client:some-credentials': ['merchants/ACME_NL/apiCredentials/S2-*'],
    'event:ops.keys': ['merchants/ACME_*/apiCredentials/*'],
  }),
  // Every key is checked at every run.
  KEY_CHECK_SECONDS: '60',
};
// Whole statements: a condition counts too. A managed policy could not be judged here.
const RoleSchema = v.object({
  ManagedPolicyArns: v.optional(v.pipe(v.array(v.string()), v.empty())),
  Policies: v.array(
    v.object({
      PolicyDocument: v.object({
        Statement: v.array(
          v.looseObject({
            Effect: v.string(),
            Action: v.union([v.string(), v.array(v.string())]),
            Resource: v.union([v.string(), v.array(v.string())]),
          }),
        ),
      }),
    }),
  ),
});
const EnvironmentSchema = v.optional(v.object({ Variables: v.record(v.string(), v.string()) }), {
  Variables: {},
});

let packaged: Package;
let resolve: (value: unknown) => unknown;
const requests = new Map<FunctionName, IamRequest[]>();

useDurableRunner();
beforeAll(async () => {
  // With tracing, as in the live stage: its roles have all permissions.
  packaged = await packageFor('test', SETTINGS, { tracing: 'Active' });
  resolve = templateResolver(packaged.template, { AuditTable: LOCAL_TABLE });
  const output = captureOutput();
  const calls = await recordCalls(settingsOf).finally(() => output.release());
  for (const name of FUNCTION_NAMES) {
    const recorded = (calls.get(name) ?? []).flatMap(requestsOf);
    // The same question once.
    requests.set(name, [...new Map(recorded.map((one) => [JSON.stringify(one), one])).values()]);
  }
});
afterAll(() => packaged.remove());

const logicalId = (name: string) => `${name[0]?.toUpperCase()}${name.slice(1)}`;

/** The environment of a function in the template. An empty value means that it is not set. */
function settingsOf(name: FunctionName): Record<string, string> {
  const { Properties } = packaged.template.Resources[`${logicalId(name)}LambdaFunction`] ?? {};
  const { Variables } = v.parse(EnvironmentSchema, resolve(Properties?.Environment));
  return Object.fromEntries(Object.entries(Variables).filter(([, value]) => value !== ''));
}

/** What the role of a function allows. */
function roleOf(name: FunctionName): Statement[] {
  const { Properties } = packaged.template.Resources[`${logicalId(name)}IamRoleLambdaExecution`] ?? {};
  const { Policies } = v.parse(RoleSchema, resolve(Properties));
  return Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

const inAws = (name: FunctionName) =>
  NEEDED_ONLY_IN_AWS.filter(({ functions }) => functions.includes(name)).map(
    ({ action, resource, context }): IamRequest => ({ action, resource, context }),
  );

it('every function is run', () => {
  const deployed = Object.entries(packaged.template.Resources).filter(
    ([, { Type }]) => Type === 'AWS::Lambda::Function',
  );
  expect(deployed.map(([id]) => id).sort()).toEqual(
    FUNCTION_NAMES.map((name) => `${logicalId(name)}LambdaFunction`).sort(),
  );
});

describe.each(FUNCTION_NAMES)('the role of %s', (name) => {
  it('allows each call that the function makes, and each that AWS makes for it', async () => {
    const denied: string[] = [];
    for (const request of [...(requests.get(name) ?? []), ...inAws(name)]) {
      if (!(await isAllowed(roleOf(name), request))) denied.push(`${request.action} ${request.resource}`);
    }
    expect(denied).toEqual([]);
  });

  it('has no permission that no call needs', async () => {
    const needed = [...(requests.get(name) ?? []), ...inAws(name)];
    const unused = await unusedIn(permissionsIn(roleOf(name)), needed);
    expect(unused.map(({ action, resource }) => `${action} ${resource}`)).toEqual([]);
  });
});
