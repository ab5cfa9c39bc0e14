import type { Secret } from '../secret.ts';
import { REDACTED } from '../secret.ts';

/** What an Adyen API key (`AQE…`), a JWT (`eyJ…`) or any other long random token looks like. */
const KEY_LIKE = /AQE[^\s"'\\]{8,}|eyJ[\w-]{8,}[\w.-]*|[\w+=-]{40,}/g;

/**
 * A text of the upstream's, made safe to show and to keep: without the given secrets (also in their base64 and
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
  return safe.length > maxLength ? `${safe.slice(0, maxLength - 1)}…` : safe;
}
