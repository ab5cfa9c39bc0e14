import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as v from 'valibot';
import { malformed } from './problems/malformed.ts';
import { ProblemError } from './problems/problem.ts';
import { requestHeader } from './request-header.ts';

const MAX_BODY_BYTES = 10 * 1024;

/** Reads a JSON body by its schema. No body is an empty object. Throws the problem of a body that is not valid. */
export function readJsonBody<Schema extends v.GenericSchema<object>>(
  event: APIGatewayProxyEventV2,
  schema: Schema,
): v.InferOutput<Schema> {
  const json = event.body ? parseBody(event.body, event) : {};
  // valibot takes an array for an object without fields.
  const parsed = v.safeParse(schema, Array.isArray(json) ? undefined : json);
  if (!parsed.success) throw malformed('The body is not valid for this operation.', 'body', parsed.issues);
  return parsed.output;
}

function parseBody(body: string, event: APIGatewayProxyEventV2): unknown {
  const bytes = Buffer.from(body, event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) throw new ProblemError('content-too-large');
  const mediaType = requestHeader(event, 'content-type')?.split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') throw new ProblemError('unsupported-media-type');
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
