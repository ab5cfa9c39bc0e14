import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as v from 'valibot';
import { malformed } from './problems/malformed.ts';

/** For an operation without query parameters: a `force` in the query would be overlooked. Throws `malformed-request`. */
export function refuseQuery(event: APIGatewayProxyEventV2): void {
  const parsed = v.safeParse(v.strictObject({}), event.queryStringParameters ?? {});
  if (parsed.success) return;
  throw malformed('This operation has no query parameters.', 'query', parsed.issues);
}
