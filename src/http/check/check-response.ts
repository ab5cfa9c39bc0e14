import * as v from 'valibot';
import { timestamp } from '../../rotation/timestamp.ts';

/** The body of the response to a check of the key in use. All but `result` and `checkedAt` is left out without a key. */
export const CheckResponseSchema = v.strictObject({
  result: v.picklist(['works', 'dead', 'unclear', 'no-key']),
  /** What Adyen answered last. */
  seen: v.exactOptional(v.string()),
  versionId: v.exactOptional(v.string()),
  keyFingerprint: v.exactOptional(v.string()),
  checkedAt: timestamp,
  /** Only if the key is dead: whether the workflow was asked to replace it. */
  healing: v.exactOptional(v.picklist(['started', 'not-started'])),
});

export type CheckResponse = v.InferOutput<typeof CheckResponseSchema>;
