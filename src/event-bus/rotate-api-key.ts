import * as v from 'valibot';
import { ApiCredentialSchema } from '../rotation/api-credential.ts';
import { RotationRequestSchema } from '../rotation/rotation-request.ts';

/** The `detail` of a `RotateApiKey` event. Unlike an HTTP request, an event must give a reason. */
export const RotateApiKeySchema = v.strictObject({
  ...ApiCredentialSchema.entries,
  ...RotationRequestSchema.entries,
  reason: v.pipe(RotationRequestSchema.entries.reason.wrapped, v.minLength(1)),
});
