import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as v from 'valibot';
import type { Acknowledge } from '../../rotation/acknowledge.ts';
import { ConsumerIdSchema, ConsumerSchema, FingerprintSchema } from '../../rotation/consumers.ts';
import type { Granted } from '../auth/grant.ts';
import { type HttpResponse, jsonResponse } from '../http-response.ts';
import { malformed } from '../problems/malformed.ts';
import { ProblemError } from '../problems/problem.ts';
import { readJsonBody } from '../read-json-body.ts';
import { refuseQuery } from '../refuse-query.ts';
import { summaryOf } from '../request-summary.ts';

/** What a consumer says: the fingerprint of the key that it uses. A key itself is never accepted. */
export const AcknowledgeBodySchema = v.strictObject(
  { keyFingerprint: FingerprintSchema },
  'must be a JSON object',
);

/** What is noted of the consumer, and the rotation that has made its key. */
export const AcknowledgeResponseSchema = v.strictObject({
  ...ConsumerSchema.entries,
  rotationId: v.string(),
});

export type AcknowledgeEndpoint = (
  event: APIGatewayProxyEventV2,
  granted: Granted<'apikeys:acknowledge'>,
) => Promise<HttpResponse>;

/** Makes the operation by which a consumer says which key it uses, once its caller has passed every check. */
export function createAcknowledgeEndpoint({
  acknowledge,
}: {
  acknowledge: Acknowledge;
}): AcknowledgeEndpoint {
  return async (event, { credential }) => {
    refuseQuery(event);
    const consumerId = parseConsumerId(event);
    const { keyFingerprint } = readJsonBody(event, AcknowledgeBodySchema);
    const result = await acknowledge(credential, consumerId, keyFingerprint);
    if (result.kind === 'unknown-key') throw new ProblemError('unknown-key');
    const { consumer, rotationId } = result;
    return jsonResponse({ ...consumer, rotationId } satisfies v.InferOutput<
      typeof AcknowledgeResponseSchema
    >);
  };
}

function parseConsumerId(event: APIGatewayProxyEventV2): string {
  const schema = v.object({ consumerId: ConsumerIdSchema });
  const parsed = v.safeParse(schema, event.pathParameters ?? {});
  if (!parsed.success) throw malformed('The path does not name a consumer.', 'path', parsed.issues);
  const { consumerId } = parsed.output;
  summaryOf(event).consumer = consumerId;
  return consumerId;
}
