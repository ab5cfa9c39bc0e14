import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as v from 'valibot';
import type { RotateCommand } from '../../rotation/rotate-command.ts';
import { RotationRequestSchema } from '../../rotation/rotation-request.ts';
import type { Granted } from '../auth/grant.ts';
import { requireScope } from '../auth/scope.ts';
import { ProblemError } from '../problems/problem.ts';
import { readJsonBody } from '../read-json-body.ts';
import { refuseQuery } from '../refuse-query.ts';
import { requestHeader } from '../request-header.ts';

/** The body of the rotate operation. An unknown field is an error, so that a misspelt `force` is not overlooked. */
export const RotateBodySchema = v.strictObject(
  { ...RotationRequestSchema.entries, dryRun: v.exactOptional(v.boolean(), false) },
  'must be a JSON object',
);

const IDEMPOTENCY_KEY_RULE = 'must be 1 to 64 printable ASCII characters';

/** The header `Idempotency-Key` of the rotate operation. */
export const IdempotencyKeySchema = v.pipe(
  v.string(),
  v.regex(/^[\x21-\x7e]([\x20-\x7e]{0,62}[\x21-\x7e])?$/, IDEMPOTENCY_KEY_RULE),
);

/** What the caller asks for: the part of the rotate command that comes from the body and from `Idempotency-Key`. */
export type RotateRequest = Readonly<Pick<RotateCommand, 'request' | 'idempotencyKey'> & { dryRun: boolean }>;

/**
 * Reads the body and the idempotency key of the rotate operation, for a caller that may rotate. `force` needs a scope of
 * its own. Throws the problem of a request that is not valid.
 */
export function parseRotateRequest(
  event: APIGatewayProxyEventV2,
  { caller }: Granted<'apikeys:rotate'>,
): RotateRequest {
  refuseQuery(event);
  // Not a member of the request itself: a dry run is no rotation, so no record and no replay knows of it.
  const { dryRun, ...request } = readJsonBody(event, RotateBodySchema);
  if (request.force) requireScope(caller, 'apikeys:force');
  const idempotencyKey = parseIdempotencyKey(event);
  return { request, dryRun, ...(idempotencyKey !== undefined && { idempotencyKey }) };
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
