import * as v from 'valibot';

/**
 * The id of a rotation: a UUID, or a `ClientRequestToken` of Secrets Manager (32 to 64 characters). The bound also keeps
 * a longer text away from DynamoDB, which refuses a key of more than 2 KB.
 */
export const RotationIdSchema = v.pipe(v.string(), v.regex(/^[\x21-\x7e]{32,64}$/));
