import * as v from 'valibot';
import { noKey } from './key-shaped.ts';

/** A name in a path. A value that passes is safe as a URL segment and as a key of the table. */
export const identifier = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9._-]{1,128}$/, 'must be 1 to 128 letters, digits, dots, underscores or hyphens'),
  v.check((id) => id !== '.' && id !== '..', 'must not be "." or ".."'),
  noKey,
);
