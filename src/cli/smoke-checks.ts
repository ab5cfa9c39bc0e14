import * as v from 'valibot';
import { RotationListSchema } from '../http/history/rotation-detail.ts';
import { ProblemSchema } from '../http/problems/problem.ts';
import type { ApiCredential } from '../rotation/api-credential.ts';
import type { Ask, Request, Seen } from './ask.ts';
import { askDryRun } from './dry-run.ts';

/**
 * A rotation that cannot happen, even if nothing asked for a token: the body has a member that no rotation has, and no API
 * credential has this id.
 */
export const REFUSED_ROTATION = {
  path: '/v1/companies/keyturn-smoke/apiCredentials/keyturn-smoke/generateApiKey',
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{"smoke":true}',
};

/** What every response must have, and a part of its value. */
const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'",
  'strict-transport-security': 'max-age=',
  'x-content-type-options': 'nosniff',
  'x-request-id': '',
};

const HealthSchema = v.object({ status: v.literal('ok'), version: v.string() });
const OpenApiSchema = v.object({
  openapi: v.pipe(v.string(), v.startsWith('3.1.')),
  paths: v.record(v.string(), v.unknown()),
});
/** What API Gateway itself sends: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html */
const GatewaySchema = v.strictObject({ message: v.string() });

/** One thing that a deployed Keyturn must do. `run` says what was seen, or throws an error that says what was not. */
export type SmokeCheck = Readonly<{ name: string; run: (ask: Ask) => Promise<string> }>;

/** The checks that change nothing and need no token. */
export const OPEN_CHECKS: readonly SmokeCheck[] = [
  {
    name: 'health',
    async run(ask) {
      const { version } = expectBody(await ask({ path: '/health' }), 200, HealthSchema);
      return `Keyturn ${version} responds`;
    },
  },
  {
    name: 'headers',
    async run(ask) {
      const { headers } = await ask({ path: '/health' });
      const wrong = Object.entries(HEADERS).filter(([name, part]) => !headers.get(name)?.includes(part));
      if (wrong.length > 0) throw new Error(`missing or wrong: ${wrong.map(([name]) => name).join(', ')}`);
      return `${Object.keys(HEADERS).join(', ')}`;
    },
  },
  {
    name: 'openapi',
    async run(ask) {
      const { openapi, paths } = expectBody(await ask({ path: '/openapi.json' }), 200, OpenApiSchema);
      return `OpenAPI ${openapi} describes ${Object.keys(paths).length} paths`;
    },
  },
  {
    name: 'problems',
    async run(ask) {
      const { status } = await ask({ path: '/problems/unauthenticated' });
      if (status !== 200) throw new Error(`the status is ${status} instead of 200`);
      return 'a problem code is explained';
    },
  },
  { name: 'rotate, no token', run: (ask) => refusal(ask, REFUSED_ROTATION) },
  { name: 'list, no token', run: (ask) => refusal(ask, { path: '/v1/rotations?limit=1' }) },
];

/** Reads the audit with a caller's token. */
export function listing(token: string): SmokeCheck {
  return {
    name: 'list, token',
    async run(ask) {
      const headers = { authorization: `Bearer ${token}` };
      const seen = await ask({ path: '/v1/rotations?limit=1', headers });
      const problem = v.safeParse(ProblemSchema, seen.body);
      if (problem.success) throw new Error(`${problem.output.status} ${problem.output.code}`);
      const { rotations } = expectBody(seen, 200, RotationListSchema);
      return rotations[0] ? `the newest rotation is of ${rotations[0].requestedAt}` : 'no rotation yet';
    },
  };
}

/** What time ends: a deployment that works has it too. */
const ENDED_BY_TIME = new Set<string | undefined>(['rotation-in-progress', 'overlap-active', 'quarantined']);

/** Asks whether a rotation would work, at Adyen too, without one. The token needs the scope apikeys:rotate. */
export function dryRun(token: string, credential: ApiCredential): SmokeCheck {
  return {
    name: 'dry run',
    async run(ask) {
      const { checks } = await askDryRun(ask, { token, credential });
      const failed = checks.filter(({ outcome }) => outcome === 'failed');
      const broken = failed.filter(({ code }) => !ENDED_BY_TIME.has(code));
      if (broken.length > 0)
        throw new Error(broken.map(({ name, detail }) => `${name}: ${detail}`).join(' '));
      const [first] = failed;
      return first ? `a rotation would work later: ${first.code}` : 'a rotation would work now';
    },
  };
}

/** A 401, from the function in the envelope or from the gateway in its own body. */
async function refusal(ask: Ask, request: Request): Promise<string> {
  const seen = await ask(request);
  if (seen.status !== 401) throw new Error(`the status is ${seen.status} instead of 401`);
  const problem = v.safeParse(ProblemSchema, seen.body);
  if (problem.success) return `401 ${problem.output.code}, from the function`;
  if (v.is(GatewaySchema, seen.body)) return '401, from the gateway';
  throw new Error('the body of the 401 is neither the envelope nor that of the gateway');
}

function expectBody<Schema extends v.GenericSchema>(
  { status, body }: Seen,
  expected: number,
  schema: Schema,
): v.InferOutput<Schema> {
  if (status !== expected) throw new Error(`the status is ${status} instead of ${expected}`);
  const result = v.safeParse(schema, body);
  if (result.success) return result.output;
  const names = result.issues.map((issue) => v.getDotPath(issue) ?? 'it as a whole');
  throw new Error(`the body is not as it must be: ${[...new Set(names)].join(', ')}`);
}
