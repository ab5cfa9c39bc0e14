import * as v from 'valibot';
import type { SucceededRotation } from '../../rotation/rotation.ts';
import { flatten, SucceededDetailSchema } from '../history/rotation-detail.ts';

/** The part of a rotation's detail that the caller of a rotation gets with the new key. */
const { entries } = v.pick(SucceededDetailSchema, [
  'id',
  'status',
  'credential',
  'requestedAt',
  'completedAt',
  'usableFrom',
  'previousKeyExpiresAt',
  'mayEndAt',
  'keyFingerprint',
  'secret',
]);
export const RotationSummarySchema = v.strictObject(entries);

const SummaryOfRecordSchema = v.object(entries);

type RotationSummary = v.InferOutput<typeof RotationSummarySchema>;

/** What the caller of a rotation gets to know about it. */
export function toSummary(rotation: SucceededRotation): RotationSummary {
  return v.parse(SummaryOfRecordSchema, flatten(rotation));
}
