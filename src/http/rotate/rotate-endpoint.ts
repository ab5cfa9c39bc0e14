import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { Clock } from '../../rotation/ports.ts';
import type { Rotate, RotateResult } from '../../rotation/rotate-command.ts';
import type { Granted } from '../auth/grant.ts';
import type { HttpResponse } from '../http-response.ts';
import { type RequestSummary, summaryOf } from '../request-summary.ts';
import type { RotateRequest } from './rotate-request.ts';
import { rotateResponse } from './rotate-response.ts';

/** The rotate operation, once its caller has passed every check. Throws the problem of a rotation that did not succeed. */
export type RotateEndpoint = (
  input: Readonly<{
    event: APIGatewayProxyEventV2;
    context: Context;
    /** Aborted when the caller has been given another response: the timeout. */
    signal: AbortSignal;
    granted: Granted<'apikeys:rotate'>;
    request: Omit<RotateRequest, 'dryRun'>;
  }>,
) => Promise<HttpResponse>;

/** Makes the rotate operation: it turns the request into a command, and the command's result into a response. */
export function createRotateEndpoint(deps: {
  rotate: Rotate;
  now: Clock;
  newId: () => string;
}): RotateEndpoint {
  const { rotate, now, newId } = deps;
  return async ({ event, context, signal, granted, request }) => {
    const { subject, clientId } = granted.caller;
    const result = await rotate({
      rotationId: newId(),
      credential: granted.credential,
      requestedBy: {
        source: 'http',
        subject,
        ...(clientId !== undefined && { clientId }),
        sourceIp: event.requestContext.http.sourceIp,
      },
      requestId: event.requestContext.requestId,
      ...request,
      keyGoesTo: 'caller',
      isGivenUp: () => signal.aborted,
      invocationEndsAt: now() + context.getRemainingTimeInMillis(),
    });
    Object.assign(summaryOf(event), started(result));
    return rotateResponse(result, now());
  };
}

/** The rotation that this request has started, if it has, for the request's summary. */
function started(result: RotateResult): Pick<RequestSummary, 'rotation' | 'upstream'> {
  if (result.kind === 'refused' || result.kind === 'replayed') return {};
  const { id, status, credential, upstream } = result.rotation;
  return {
    rotation: { id, status, level: credential.level },
    ...(upstream && { upstream: brief(upstream) }),
  };
}

function brief({ status, durationMs, attempts }: NonNullable<RequestSummary['upstream']>) {
  return { ...(status !== undefined && { status }), durationMs, attempts };
}
