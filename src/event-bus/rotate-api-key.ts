import * as v from 'valibot';
import { ApiCredentialSchema } from '../rotation/api-credential.ts';
import { noKey } from '../rotation/key-shaped.ts';
import { RotationRequestSchema } from '../rotation/rotation-request.ts';

/** The id of a campaign: one rotation of each of many API credentials. */
export const CampaignSchema = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, underscores or hyphens'),
  noKey,
);

/**
 * The `detail` of a `RotateApiKey` event. Unlike an HTTP request, an event must give a reason. With a `campaign`, a second
 * event of the same campaign for the same API credential is the same rotation, though its id is another one.
 */
export const RotateApiKeySchema = v.strictObject({
  ...ApiCredentialSchema.entries,
  ...RotationRequestSchema.entries,
  reason: v.pipe(RotationRequestSchema.entries.reason.wrapped, v.minLength(1)),
  campaign: v.exactOptional(CampaignSchema),
});
