import * as v from 'valibot';
import { ProblemSchema } from '../http/problems/problem.ts';
import { type DryRunResponse, DryRunResponseSchema } from '../http/rotate/dry-run-response.ts';
import { type ApiCredential, credentialPath } from '../rotation/api-credential.ts';
import { type Ask, askAt, reasonOf } from './ask.ts';

type DryRunRequest = Readonly<{
  token: string;
  credential: ApiCredential;
  reason?: string | undefined;
  force?: boolean | undefined;
}>;

/** Asks a Keyturn whether a rotation would work. Throws an error that names the problem if it refuses to say. */
export async function askDryRun(
  ask: Ask,
  { token, credential, reason, force }: DryRunRequest,
): Promise<DryRunResponse> {
  const { status, body } = await ask({
    path: `/v1/${credentialPath(credential)}/generateApiKey`,
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ dryRun: true, reason, force }),
  });
  const problem = v.safeParse(ProblemSchema, body);
  if (problem.success) throw new Refused(`${status} ${problem.output.code}: ${problem.output.detail}`);
  // The gateway's own 401, for example.
  if (status !== 200) throw new Refused(`The status is ${status} instead of 200.`);
  return v.parse(DryRunResponseSchema, body);
}

/** Keyturn responded, and would not rotate for this caller. */
class Refused extends Error {}

/**
 * Prints one line for each check, and returns whether a rotation would work. Throws an error if nothing responds.
 *
 * @param tokenOf gets a token once the URL is known to be good
 */
export async function printDryRun({
  url,
  tokenOf,
  ...request
}: Omit<DryRunRequest, 'token'> & { url: string; tokenOf: () => Promise<string> }): Promise<boolean> {
  const token = await tokenOf();
  const response = await askDryRun(askAt(url), { ...request, token }).catch((error: unknown) => {
    if (error instanceof Refused) return error;
    throw new Error(`Nothing responds at ${url}: ${reasonOf(error)}`);
  });
  if (response instanceof Refused) {
    console.log(`failed   request                ${response.message}`);
    return false;
  }
  for (const { outcome, name, detail, code } of response.checks) {
    console.log(`${outcome.padEnd(8)} ${name.padEnd(22)} ${code ? `${code}: ` : ''}${detail}`);
  }
  console.log(response.wouldRotate ? 'A rotation would work now.' : 'A rotation would not work now.');
  return response.wouldRotate;
}
