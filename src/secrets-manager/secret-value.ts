import * as v from 'valibot';

/** An API key as a secret holds it. Printable ASCII only: what goes into a header must not be able to end it. */
export const apiKeyText = v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,1024}$/));
