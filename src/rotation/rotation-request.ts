import * as v from 'valibot';
import { noKey } from './key-shaped.ts';

/** Why a rotation is wanted. The audit keeps it for ever and shows it to many: no key may be in it. */
const reason = v.pipe(
  v.string(),
  v.maxLength(256, 'must be at most 256 characters long'),
  v.check((text) => text.isWellFormed(), 'must be well-formed Unicode'),
  noKey,
);

/** The members of a request for a rotation, over HTTP or by an event. `force` ends the overlap. */
export const RotationRequestSchema = v.object({
  reason: v.exactOptional(reason),
  force: v.exactOptional(v.boolean(), false),
});

export type RotationRequest = Readonly<v.InferOutput<typeof RotationRequestSchema>>;
