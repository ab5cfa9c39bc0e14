import type { MiddlewareObj } from '@middy/core';
import * as v from 'valibot';
import { ReasonSchema } from '../../rotation/reason.ts';
import { assertScope } from '../auth/authorize.ts';
import { type HttpResponse, headerOf, type RotateEvent } from '../http-event.ts';
import { malformed } from '../problems/malformed.ts';
import { ProblemError } from '../problems/problem.ts';

const MAX_BODY_BYTES = 10 * 1024;

/** The rotate operation's body. */
export const RotateBodySchema = v.strictObject({
  reason: v.exactOptional(ReasonSchema),
  force: v.exactOptional(v.boolean()),
});

/** The header `Idempotency-Key` of the rotate operation. */
export const IdempotencyKeySchema = v.pipe(
  v.string(),
  v.regex(/^[\x21-\x7e]([\x20-\x7e]{0,62}[\x21-\x7e])?$/, 'must be 1 to 64 printable ASCII characters'),
);

/** Reads the rotate operation's body and idempotency key. `force` needs a scope of its own. */
export function parseRotateRequest(): MiddlewareObj<RotateEvent, HttpResponse> {
  return {
    before({ event }) {
      const { reason, force = false } = parseBody(event);
      if (force) assertScope(event.caller, 'apikeys:force');
      const idempotencyKey = parseIdempotencyKey(event);
      event.rotateRequest = {
        force,
        ...(reason !== undefined && { reason }),
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      };
    },
  };
}

function parseBody(event: RotateEvent): v.InferOutput<typeof RotateBodySchema> {
  if (!event.body) return {};
  const bytes = Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) throw new ProblemError('content-too-large');
  const mediaType = headerOf(event, 'content-type')?.split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') throw new ProblemError('unsupported-media-type');
  const json = readJson(bytes);
  // valibot takes a list for an object without fields.
  const parsed = v.safeParse(RotateBodySchema, Array.isArray(json) ? undefined : json);
  if (!parsed.success) throw malformed('The body is not what this operation takes.', 'body', parsed.issues);
  return parsed.output;
}

function readJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The parser's message quotes the body.
    throw new ProblemError('malformed-request', { detail: 'The body is not JSON in UTF-8.' });
  }
}

function parseIdempotencyKey(event: RotateEvent): string | undefined {
  const header = headerOf(event, 'idempotency-key');
  if (header === undefined) return undefined;
  const parsed = v.safeParse(IdempotencyKeySchema, header);
  if (parsed.success) return parsed.output;
  throw new ProblemError('malformed-request', {
    detail: 'The header Idempotency-Key is not usable.',
    invalidFields: [{ name: 'Idempotency-Key', message: 'must be 1 to 64 printable ASCII characters' }],
  });
}
