import * as v from 'valibot';
import { DEFAULT_RETRY_AFTER_S } from '../../rotation/failure-codes.ts';
import type { FailedRotation, UnknownRotation } from '../../rotation/rotation.ts';
import type { Refusal } from '../../rotation/rules.ts';
import { ProblemError, UpstreamSchema } from '../problems/problem.ts';

/**
 * The problem of a rotation that ended without a key.
 *
 * @param now ms since the epoch
 */
export function failureProblem(
  rotation: FailedRotation | UnknownRotation,
  now: number,
  headers: Record<string, string> = {},
): ProblemError {
  const { id: rotationId, code = 'upstream-failure', upstream: report = {} } = rotation;
  const upstream = v.parse(UpstreamSchema, report);
  const invalidFields = rotation.upstream?.invalidFields;
  const retryAfter = retryAfterOf(rotation, now);
  return new ProblemError(code, {
    rotationId,
    headers,
    ...(invalidFields && { invalidFields }),
    ...(Object.keys(upstream).length > 0 && { upstream }),
    ...(retryAfter !== undefined && { retryAfter }),
  });
}

/**
 * The problem of a command that started no rotation.
 *
 * @param now ms since the epoch
 */
export function refusalProblem(refusal: Refusal, now: number): ProblemError {
  switch (refusal.code) {
    case 'idempotency-key-reused':
      return new ProblemError(refusal.code, { rotationId: refusal.rotationId });
    case 'overlap-active':
      return new ProblemError(refusal.code, {
        detail: `The last key was issued so recently that the overlap lasts until ${refusal.until}.`,
        retryAfter: secondsUntil(refusal.until, now),
      });
    case 'quarantined':
      return new ProblemError(refusal.code, {
        detail: `The last rotation has an unknown outcome, and its quarantine lasts until ${refusal.until}.`,
        rotationId: refusal.rotationId,
        retryAfter: secondsUntil(refusal.until, now),
      });
    case 'rotation-in-progress':
      return new ProblemError(refusal.code, {
        detail: `Another rotation of this API credential is running, until ${refusal.until} at the latest.`,
        ...(refusal.rotationId !== undefined && { rotationId: refusal.rotationId }),
        retryAfter: secondsUntil(refusal.until, now),
      });
  }
}

function retryAfterOf(rotation: FailedRotation | UnknownRotation, now: number): number | undefined {
  if (rotation.status === 'unknown') return secondsUntil(rotation.quarantinedUntil, now);
  return rotation.code === 'upstream-throttled' ? (rotation.retryAfter ?? DEFAULT_RETRY_AFTER_S) : undefined;
}

function secondsUntil(time: string, now: number): number {
  return Math.max(0, Math.ceil((Date.parse(time) - now) / 1000));
}
