import { DEFAULT_RETRY_AFTER_S } from '../../rotation/failure-codes.ts';
import type { RotateResult } from '../../rotation/rotate-command.ts';
import type { FailedRotation, SucceededRotation, UnknownRotation } from '../../rotation/rotation.ts';
import type { Refusal } from '../../rotation/rules.ts';
import type { Secret } from '../../secret.ts';
import type { HttpResponse } from '../http-event.ts';
import { ProblemError } from '../problems/problem.ts';
import { toSummary } from './rotation-summary.ts';

const REPLAYED = { 'Idempotent-Replayed': 'true' };

/**
 * What the caller gets for what became of its command. Throws the problem where that is not a success.
 *
 * @param now ms since the epoch
 */
export function rotateResponse(result: RotateResult, now: number): HttpResponse {
  switch (result.kind) {
    case 'issued':
      return success(result.rotation, {}, result.apiKey);
    case 'no-key':
      return success(result.rotation, {});
    case 'replayed':
      if (result.rotation.status === 'failed') throw failure(result.rotation, now, REPLAYED);
      return success(result.rotation, REPLAYED, result.apiKey);
    case 'failed':
      throw failure(result.rotation, now, {});
    case 'refused':
      throw refusal(result.refusal, now);
  }
}

function success(
  rotation: SucceededRotation,
  headers: Record<string, string>,
  apiKey?: Secret,
): HttpResponse {
  if (!rotation.key) return { statusCode: 204, headers };
  return {
    statusCode: 200,
    headers: { ...headers, 'Content-Type': 'application/json' },
    // The one place where a key leaves Keyturn over HTTP.
    body: JSON.stringify({ ...(apiKey && { apiKey: apiKey.reveal() }), rotation: toSummary(rotation) }),
  };
}

function failure(
  rotation: FailedRotation | UnknownRotation,
  now: number,
  headers: Record<string, string>,
): ProblemError {
  const { id: rotationId, code = 'upstream-failure' } = rotation;
  const {
    invalidFields,
    attempts: _attempts,
    durationMs: _durationMs,
    ...upstream
  } = rotation.upstream ?? {};
  const retryAfter = retryAfterOf(rotation, now);
  return new ProblemError(code, {
    rotationId,
    headers,
    ...(invalidFields && { invalidFields }),
    ...(Object.keys(upstream).length > 0 && { upstream }),
    ...(retryAfter !== undefined && { retryAfter }),
  });
}

function retryAfterOf(rotation: FailedRotation | UnknownRotation, now: number): number | undefined {
  if (rotation.status === 'unknown') return secondsUntil(rotation.quarantinedUntil, now);
  return rotation.code === 'upstream-throttled' ? (rotation.retryAfter ?? DEFAULT_RETRY_AFTER_S) : undefined;
}

function refusal(refused: Refusal, now: number): ProblemError {
  switch (refused.code) {
    case 'idempotency-key-reused':
      return new ProblemError(refused.code, { rotationId: refused.rotationId });
    case 'overlap-active':
      return new ProblemError(refused.code, {
        detail: `The last key was issued so recently that the overlap lasts until ${refused.until}.`,
        retryAfter: secondsUntil(refused.until, now),
      });
    case 'quarantined':
      return new ProblemError(refused.code, {
        detail: `The last rotation has an unknown outcome, and its quarantine lasts until ${refused.until}.`,
        rotationId: refused.rotationId,
        retryAfter: secondsUntil(refused.until, now),
      });
    case 'rotation-in-progress':
      return new ProblemError(refused.code, {
        detail: `Another rotation of this API credential is running, until ${refused.until} at the latest.`,
        ...(refused.rotationId !== undefined && { rotationId: refused.rotationId }),
        retryAfter: secondsUntil(refused.until, now),
      });
  }
}

function secondsUntil(time: string, now: number): number {
  return Math.max(0, Math.ceil((Date.parse(time) - now) / 1000));
}
