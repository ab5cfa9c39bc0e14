import * as v from 'valibot';
import { noKey } from '../rotation/key-shaped.ts';
import { RotationIdSchema } from '../rotation/rotation-id.ts';

const RequestSchema = v.object({
  Step: v.picklist(['createSecret', 'setSecret', 'testSecret', 'finishSecret']),
  SecretId: v.pipe(v.string(), v.nonEmpty(), noKey),
  ClientRequestToken: RotationIdSchema,
});

/** What Secrets Manager asks of the function that rotates a secret. */
export type SecretRotationRequest = Readonly<{
  step: v.InferOutput<typeof RequestSchema>['Step'];
  /** The secret's ARN. */
  secretId: string;
  /** The version that is to become current. */
  token: string;
  requestId: string;
  /** When the invocation is ended from outside (ms since the epoch). */
  invocationEndsAt: number;
}>;

/** Reads the event that Secrets Manager sends to a rotation function. Throws an error that names the wrong members. */
export function readSecretRotationRequest(
  event: unknown,
): Pick<SecretRotationRequest, 'step' | 'secretId' | 'token'> {
  const request = v.safeParse(RequestSchema, event);
  if (!request.success) {
    const names = request.issues.map((issue) => v.getDotPath(issue) ?? 'the event');
    throw new TypeError(`not a request of Secrets Manager: ${[...new Set(names)].join(', ')}`);
  }
  const { Step: step, SecretId: secretId, ClientRequestToken: token } = request.output;
  return { step, secretId, token };
}
