import * as v from 'valibot';
import { identifier } from './identifier.ts';
import { timestamp } from './timestamp.ts';

/** A consumer that has said nothing for so long is forgotten (ms). */
export const SILENT_MS = 90 * 24 * 60 * 60 * 1000;

/** The name that a consumer gives itself, such as `checkout-eu`. */
export const ConsumerIdSchema = identifier;

/** The fingerprint of a key, as a consumer sends it. The message repeats nothing: a key may have been sent instead. */
export const FingerprintSchema = v.pipe(
  v.string('must be the fingerprint of the key'),
  v.regex(
    /^sha256:[0-9a-f]{16}$/,
    "must be sha256: and the first 16 hex digits of the key's SHA-256, never the key itself",
  ),
);

/** What a consumer has said of the key that it uses. */
export const ConsumerSchema = v.strictObject({
  consumerId: v.string(),
  keyFingerprint: v.string(),
  /** The number of the rotation that has made the key. */
  rotationNumber: v.pipe(v.number(), v.integer()),
  /** When it first said that it uses this key, and when last. */
  since: timestamp,
  acknowledgedAt: timestamp,
});

export type Consumer = v.InferOutput<typeof ConsumerSchema>;
