import { createHash } from 'node:crypto';

/** Reads the key in use, from a cache that is younger than the overlap. `fresh`: from its source, past the cache. */
export type ReadKey = (options: { fresh: boolean }) => Promise<string>;

/** How long to wait after an acknowledgement that failed before the next one (ms). */
const ACKNOWLEDGE_AGAIN_AFTER_MS = 60_000;

/**
 * Makes the way in which an app calls Adyen. A 401 means that Adyen has not processed the call: the key is read again,
 * past the cache, and the call is repeated if the key is another one. So a key that ended early refuses no payment.
 *
 * @param acknowledge gets the fingerprint of each key once Adyen has accepted it for the first time: the `keyFingerprint`
 *   of the key's rotation. No call waits for it. If it fails, a call tries it again a minute later.
 * @param onError gets the errors of `acknowledge`
 */
export function createCallAdyen<Answer extends { status: number }>({
  readKey,
  acknowledge,
  // biome-ignore lint/suspicious/noConsole: an app that copies this passes its own log
  onError = console.warn,
  now = Date.now,
}: {
  readKey: ReadKey;
  acknowledge?: (keyFingerprint: string) => Promise<void>;
  onError?: (error: unknown) => void;
  now?: () => number;
}): (send: (apiKey: string) => Promise<Answer>) => Promise<Answer> {
  let acknowledgedKey: string | undefined;
  let acknowledgeFrom = 0;

  return async (send) => {
    const key = await readKey({ fresh: false });
    const answer = await attempt(key, send);
    if (answer.status !== 401) return answer;
    const freshKey = await readKey({ fresh: true });
    return freshKey === key ? answer : attempt(freshKey, send);
  };

  async function attempt(key: string, send: (apiKey: string) => Promise<Answer>): Promise<Answer> {
    const answer = await send(key);
    if (answer.status !== 401) noteAccepted(key);
    return answer;
  }

  function noteAccepted(key: string): void {
    if (!acknowledge || key === acknowledgedKey || now() < acknowledgeFrom) return;
    acknowledgedKey = key;
    acknowledge(fingerprintOf(key)).catch((error) => {
      acknowledgedKey = undefined;
      acknowledgeFrom = now() + ACKNOWLEDGE_AGAIN_AFTER_MS;
      onError(error);
    });
  }
}

/** The first 16 hex digits of the key's SHA-256, as in the audit. */
function fingerprintOf(key: string): string {
  return `sha256:${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;
}
