import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { type Check, passed } from '../../rotation/dry-run/check.ts';
import type { DryRun } from '../../rotation/dry-run/dry-run.ts';
import type { Clock } from '../../rotation/ports.ts';
import type { Granted } from '../auth/grant.ts';
import { type HttpResponse, jsonResponse } from '../http-response.ts';
import { summaryOf } from '../request-summary.ts';
import type { CALLER_CHECKS, DryRunResponse } from './dry-run-response.ts';

/** The dry run of the rotate operation. Its caller may rotate: without the scope or the grant, it learns nothing. */
export type DryRunEndpoint = (
  input: Readonly<{
    event: APIGatewayProxyEventV2;
    context: Context;
    granted: Granted<'apikeys:rotate'>;
    force: boolean;
  }>,
) => Promise<HttpResponse>;

export function createDryRunEndpoint({ dryRun, now }: { dryRun: DryRun; now: Clock }): DryRunEndpoint {
  return async ({ event, context, granted, force }) => {
    const { wouldRotate, checks } = await dryRun({
      credential: granted.credential,
      force,
      invocationEndsAt: now() + context.getRemainingTimeInMillis(),
    });
    const failed = checks.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name);
    Object.assign(summaryOf(event), { dryRun: { wouldRotate, failed } });
    const body: DryRunResponse = {
      dryRun: true,
      wouldRotate,
      checks: [...callerChecks(granted, force), ...checks],
    };
    return jsonResponse(body);
  };
}

/** What the request has passed on its way here. */
function callerChecks(
  { caller }: Granted<'apikeys:rotate'>,
  force: boolean,
): Check<(typeof CALLER_CHECKS)[number]>[] {
  const scopes = force ? 'scopes `apikeys:rotate` and `apikeys:force`' : 'scope `apikeys:rotate`';
  return [
    passed('token', `The token is valid, for the subject ${caller.subject}.`),
    passed('scope', `The token has the ${scopes}.`),
    passed('grant', 'The caller has a grant for the API credential.'),
  ];
}
