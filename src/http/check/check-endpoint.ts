import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { CheckKey, SeenKey } from '../../rotation/check-key.ts';
import type { Clock, Log, ManagedSecretOf, Metrics } from '../../rotation/ports.ts';
import { toTimestamp } from '../../rotation/timestamp.ts';
import type { Granted } from '../auth/grant.ts';
import { type HttpResponse, jsonResponse } from '../http-response.ts';
import { ProblemError } from '../problems/problem.ts';
import { summaryOf } from '../request-summary.ts';
import type { CheckResponse } from './check-response.ts';

/** The check of the key in use, for a caller who may rotate it. */
export type CheckEndpoint = (
  input: Readonly<{
    event: APIGatewayProxyEventV2;
    context: Context;
    granted: Granted<'apikeys:rotate'>;
  }>,
) => Promise<HttpResponse>;

/**
 * Makes the check operation. What was seen is the response, even if it cannot be acted on: the scheduled check sees it again
 * and tries again.
 */
export function createCheckEndpoint(deps: {
  checkKey: CheckKey;
  managedSecretOf: ManagedSecretOf;
  now: Clock;
  log: Log;
  metrics: Pick<Metrics, 'countCheckedKey'>;
}): CheckEndpoint {
  const { checkKey, managedSecretOf, now, log, metrics } = deps;

  return async ({ event, context, granted: { credential } }) => {
    const secret = managedSecretOf(credential);
    if (!secret) throw new ProblemError('no-managed-secret');
    const seen = await checkKey.look(credential, secret, now() + context.getRemainingTimeInMillis());
    const checkedAt = toTimestamp(now());
    metrics.countCheckedKey(seen.kind);
    summaryOf(event).check = seen.kind;
    const hasActed = await checkKey.act(credential, seen).then(
      () => true,
      (error: unknown) => {
        log.error('What a check has seen could not be acted on', { credential, kind: seen.kind, error });
        return false;
      },
    );
    return jsonResponse(bodyOf(seen, checkedAt, hasActed));
  };
}

function bodyOf(found: SeenKey, checkedAt: string, hasActed: boolean): CheckResponse {
  if (found.kind === 'no-key') return { result: found.kind, checkedAt };
  const { kind: result, seen, versionId, keyFingerprint } = found;
  return {
    result,
    seen,
    versionId,
    keyFingerprint,
    checkedAt,
    ...(result === 'dead' && { healing: hasActed ? 'started' : 'not-started' }),
  };
}
