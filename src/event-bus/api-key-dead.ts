import * as v from 'valibot';
import { ApiCredentialSchema } from '../rotation/api-credential.ts';

/** The `detail` of `ApiKeyDead`, by which the key check has the workflow replace a dead key. Not for consumers. */
export const ApiKeyDeadSchema = v.strictObject({
  credential: ApiCredentialSchema,
  /** The version of the managed secret whose key is dead. */
  versionId: v.string(),
  /** What was seen. */
  seen: v.string(),
});
