import * as v from 'valibot';
import type { RotateResult } from '../../rotation/rotate-command.ts';
import type { SucceededRotation } from '../../rotation/rotation.ts';
import type { Secret } from '../../secret.ts';
import { type HttpResponse, jsonResponse } from '../http-response.ts';
import { failureProblem, refusalProblem } from './rotate-problems.ts';
import { RotationSummarySchema, toSummary } from './rotation-summary.ts';

/**
 * The body of a rotation's response. A replay has no `apiKey` if it cannot be read back from a managed secret: Keyturn
 * keeps no key of its own.
 */
export const RotateResponseSchema = v.strictObject({
  apiKey: v.exactOptional(v.string()),
  rotation: RotationSummarySchema,
});

const REPLAYED = { 'Idempotent-Replayed': 'true' };

/**
 * The response to a rotate command. Throws the problem of a command that did not succeed.
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
      if (result.rotation.status === 'failed') throw failureProblem(result.rotation, now, REPLAYED);
      return success(result.rotation, REPLAYED, result.apiKey);
    case 'failed':
      throw failureProblem(result.rotation, now);
    case 'refused':
      throw refusalProblem(result.refusal, now);
  }
}

function success(
  rotation: SucceededRotation,
  headers: Record<string, string>,
  apiKey?: Secret,
): HttpResponse {
  if (!rotation.key) return { statusCode: 204, headers: { ...headers, 'X-Rotation-Id': rotation.id } };
  const body: v.InferOutput<typeof RotateResponseSchema> = {
    // The only place where a key leaves Keyturn over HTTP.
    ...(apiKey && { apiKey: apiKey.reveal() }),
    rotation: toSummary(rotation),
  };
  return jsonResponse(body, headers);
}
