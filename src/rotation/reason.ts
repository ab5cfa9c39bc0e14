import * as v from 'valibot';
import { KEY_OR_TOKEN } from '../secret.ts';

/** Why somebody wants a rotation: kept for ever and shown to many, so that no key may be in it. */
export const ReasonSchema = v.pipe(
  v.string(),
  v.maxLength(256, 'must be at most 256 characters long'),
  v.check((text) => text.isWellFormed(), 'must be well-formed Unicode'),
  v.check((text) => !KEY_OR_TOKEN.test(text), 'must not hold a key or a token'),
);
