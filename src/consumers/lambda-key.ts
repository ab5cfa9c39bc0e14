import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets';
import type { ReadKey } from './call-adyen.ts';
import { keyOf } from './managed-secret-value.ts';

/** Far below the 24 hours of the overlap (s), so that the key changes soon after its promotion. */
const MAX_AGE_S = 300;

/**
 * For a Lambda function: reads the key with Powertools' parameters, which keep it in the memory of the container. Call it
 * once, outside the handler.
 */
export function createLambdaKey({
  secretId,
  maxAge = MAX_AGE_S,
  secrets = new SecretsProvider(),
}: {
  secretId: string;
  /** s */
  maxAge?: number;
  secrets?: SecretsProvider;
}): ReadKey {
  return async ({ fresh }) => keyOf(await secrets.get(secretId, { maxAge, forceFetch: fresh }));
}
