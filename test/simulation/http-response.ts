import type { ApiCredential } from '../../src/rotation/api-credential.ts';
import type { RotateResult } from '../../src/rotation/rotate-command.ts';
import type { RotationRequest } from '../../src/rotation/rotation-request.ts';

export type HttpRequest = Readonly<{
  credential: ApiCredential;
  subject: string;
  requestId: string;
  request: RotationRequest;
  idempotencyKey?: string;
}>;

/** What the caller reads. `retryAfterMs`: it may ask again, after so long. */
export type HttpResponse = Readonly<{
  status: number;
  code: string;
  apiKey?: string;
  rotationId?: string;
  retryAfterMs?: number;
}>;

/** What a caller reads for what became of its command: the part of `rotateResponse` that callers act on. */
export function responseOf(result: RotateResult, now: number): HttpResponse {
  switch (result.kind) {
    case 'issued':
      return {
        status: 200,
        code: 'issued',
        apiKey: result.apiKey.reveal(),
        rotationId: result.rotation.id,
      };
    case 'no-key':
      return { status: 204, code: 'no-key', rotationId: result.rotation.id };
    case 'replayed': {
      const { rotation } = result;
      if (rotation.status === 'failed') return { status: 422, code: rotation.code, rotationId: rotation.id };
      return {
        status: rotation.key ? 200 : 204,
        code: 'replayed',
        rotationId: rotation.id,
        ...('apiKey' in result && result.apiKey && { apiKey: result.apiKey.reveal() }),
      };
    }
    case 'failed': {
      const { rotation } = result;
      const { id: rotationId, code = 'upstream-failure' } = rotation;
      if (rotation.status === 'unknown') {
        const retryAfterMs = Math.max(0, Date.parse(rotation.quarantinedUntil) - now);
        return { status: 502, code, rotationId, retryAfterMs };
      }
      const { retryAfter = 60 } = rotation;
      const isTemporary = code === 'upstream-throttled' || code === 'upstream-unreachable';
      return {
        status: isTemporary ? 503 : 502,
        code,
        rotationId,
        ...(isTemporary && { retryAfterMs: retryAfter * 1000 }),
      };
    }
    case 'refused': {
      const { refusal } = result;
      return {
        status: refusal.code === 'idempotency-key-reused' ? 422 : 409,
        code: refusal.code,
        ...('until' in refusal && { retryAfterMs: Math.max(0, Date.parse(refusal.until) - now) }),
      };
    }
  }
}
