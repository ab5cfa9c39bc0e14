import * as v from 'valibot';
import { KEY_OR_TOKEN } from '../secret.ts';

/** The same, in upper or lower case, where a word begins: a key that was pasted and changed on its way is a key too. */
const IN_ANY_CASE = new RegExp(`(?<![A-Za-z0-9])(${KEY_OR_TOKEN.source})`, 'i');

/** Whether a text holds what looks like an API key or a token. */
export function isKeyShaped(text: string): boolean {
  return KEY_OR_TOKEN.test(text) || IN_ANY_CASE.test(text);
}

/** Refuses a text that holds what looks like a key or a token: the audit would keep it, and logs would show it. */
export const noKey = v.check((text: string) => !isKeyShaped(text), 'must not hold a key or a token');
