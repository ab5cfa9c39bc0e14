import * as v from 'valibot';
import { SECRET_ROTATION_STEPS, type SecretRotationRequest } from './rotate-secret.ts';

const RequestSchema = v.object({
  Step: v.picklist(SECRET_ROTATION_STEPS),
  SecretId: v.pipe(v.string(), v.nonEmpty()),
  // What Secrets Manager takes for a ClientRequestToken.
  ClientRequestToken: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{32,64}$/)),
});

/** Reads what Secrets Manager sends to a rotation function. Throws an error that names what is wrong with it. */
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
