import type { Context } from 'aws-lambda';
import type { Rotate, RotateResult } from '../../rotation/rotate-command.ts';
import type { HttpResponse, RotateEvent } from '../http-event.ts';
import { rotateResponse } from './rotate-response.ts';

/** The rotate operation: the request as a command, and what became of it as an answer. */
export function rotateEndpoint(rotate: Rotate, { now, newId }: { now: () => number; newId: () => string }) {
  return async (event: RotateEvent, context: Context): Promise<HttpResponse> => {
    const { apiCredential, caller, requestContext, rotateRequest, summary } = event;
    const { subject, clientId } = caller;
    const result = await rotate({
      rotationId: newId(),
      credential: apiCredential,
      requestedBy: {
        source: 'http',
        subject,
        ...(clientId !== undefined && { clientId }),
        sourceIp: requestContext.http.sourceIp,
      },
      requestId: requestContext.requestId,
      ...rotateRequest,
      keyGoesTo: 'caller',
      invocationEndsAt: now() + context.getRemainingTimeInMillis(),
    });
    Object.assign(summary, summaryOf(result));
    return rotateResponse(result, now());
  };
}

function summaryOf(result: RotateResult) {
  if (result.kind === 'refused' || result.kind === 'replayed') return {};
  const { id, status, credential, upstream } = result.rotation;
  return {
    rotation: { id, status, level: credential.level },
    ...(upstream && { upstream: brief(upstream) }),
  };
}

function brief({ status, durationMs, attempts }: { status?: number; durationMs: number; attempts: number }) {
  return { ...(status !== undefined && { status }), durationMs, attempts };
}
