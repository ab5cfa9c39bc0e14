import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as v from 'valibot';
import type { RotateCommand } from '../../rotation/rotate-command.ts';
import { type RotationRequest, RotationRequestSchema } from '../../rotation/rotation-request.ts';
import type { Granted } from '../auth/grant.ts';
import { requireScope } from '../auth/scope.ts';
import { malformed } from '../problems/malformed.ts';
import { ProblemError } from '../problems/problem.ts';
import { requestHeader } from '../request-header.ts';

const MAX_BODY_BYTES = 10 * 1024;

/** The body of the rotate operation. An unknown field is an error, so that a misspelt `force` is not overlooked. */
export const RotateBodySchema = v.strictObject(RotationRequestSchema.entries, 'must be a JSON object');

const IDEMPOTENCY_KEY_RULE = 'must be 1 to 64 printable ASCII characters';

/** The header `Idempotency-Key` of the rotate operation. */
export const IdempotencyKeySchema = v.pipe(
  v.string(),
  v.regex(/^[\x21-\x7e]([\x20-\x7e]{0,62}[\x21-\x7e])?$/, IDEMPOTENCY_KEY_RULE),
);

/** What the caller asks for: the part of the rotate command that comes from the body and from `Idempotency-Key`. */
export type RotateRequest = Readonly<Pick<RotateCommand, 'request' | 'idempotencyKey'>>;

/**
 * Reads the body and the idempotency key of the rotate operation, for a caller that may rotate. `force` needs a scope of
 * its own. Throws the problem of a request that is not valid.
 */
export function parseRotateRequest(
  event: APIGatewayProxyEventV2,
  { caller }: Granted<'apikeys:rotate'>,
): RotateRequest {
  refuseQuery(event);
  const request = parseBody(event);
  if (request.force) requireScope(caller, 'apikeys:force');
  const idempotencyKey = parseIdempotencyKey(event);
  return { request, ...(idempotencyKey !== undefined && { idempotencyKey }) };
}

/** A `force` in the query would be overlooked. */
function refuseQuery(event: APIGatewayProxyEventV2): void {
  const parsed = v.safeParse(v.strictObject({}), event.queryStringParameters ?? {});
  if (parsed.success) return;
  throw malformed('This operation has no query parameters.', 'query', parsed.issues);
}

function parseBody(event: APIGatewayProxyEventV2): RotationRequest {
  if (!event.body) return v.parse(RotateBodySchema, {});
  const bytes = Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) throw new ProblemError('content-too-large');
  const mediaType = requestHeader(event, 'content-type')?.split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') throw new ProblemError('unsupported-media-type');
  const json = readJson(bytes);
  // valibot takes an array for an object without fields.
  const parsed = v.safeParse(RotateBodySchema, Array.isArray(json) ? undefined : json);
  if (!parsed.success) throw malformed('The body is not valid for this operation.', 'body', parsed.issues);
  return parsed.output;
}

function readJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The parser's own message quotes the body, which may contain a key.
    throw new ProblemError('malformed-request', {
      detail: 'The body is not valid for this operation.',
      invalidFields: [{ name: 'body', message: 'must be JSON in UTF-8' }],
    });
  }
}

function parseIdempotencyKey(event: APIGatewayProxyEventV2): string | undefined {
  const header = requestHeader(event, 'idempotency-key');
  if (header === undefined) return undefined;
  const parsed = v.safeParse(IdempotencyKeySchema, header);
  if (parsed.success) return parsed.output;
  throw new ProblemError('malformed-request', {
    detail: 'The header Idempotency-Key is not valid.',
    invalidFields: [{ name: 'Idempotency-Key', message: IDEMPOTENCY_KEY_RULE }],
  });
}
