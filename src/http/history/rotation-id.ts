import * as v from 'valibot';

/**
 * What the id of a rotation can look like: a UUID, or a token of Secrets Manager. DynamoDB refuses to look for a key
 * of more than 2 KB, which would read as an outage.
 */
export const RotationIdSchema = v.pipe(v.string(), v.regex(/^[\x21-\x7e]{32,64}$/));
