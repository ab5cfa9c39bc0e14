import type { Secret } from '../secret.ts';
import { KEY_OR_TOKEN, REDACTED } from '../secret.ts';

/** What a key or a token looks like, and any other long random text. */
const KEY_LIKE = new RegExp(`${KEY_OR_TOKEN.source}|[\\w+=-]{40,}`, 'g');

/**
 * A text from Adyen, made safe to show and to keep: without the given secrets (also in their base64 and
 * URL-encoded forms), without anything that looks like a key, and at most `maxLength` characters long.
 */
export function redact(text: string, maxLength: number, secrets: readonly Secret[]): string {
  const known = secrets.flatMap((secret) => {
    const plain = secret.reveal();
    return [plain, encodeURIComponent(plain), Buffer.from(plain).toString('base64')];
  });
  const safe = known
    .reduce((rest, form) => rest.replaceAll(form, REDACTED), text)
    .replace(KEY_LIKE, REDACTED);
  const bounded = safe.length > maxLength ? `${safe.slice(0, maxLength - 1)}…` : safe;
  // The cut may split a surrogate pair, and half of one cannot be sealed.
  return bounded.toWellFormed();
}
