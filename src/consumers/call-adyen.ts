import { createHash } from 'node:crypto';

/** Reads the key in use, from a cache that is younger than the overlap. `fresh`: from its source, past the cache. */
export type ReadKey = (options: { fresh: boolean }) => Promise<string>;

/**
 * Makes the way in which an app calls Adyen. A 401 means that Adyen has not processed the call: the key is read again,
 * past the cache, and the call is repeated if the key is another one. So a key that ended early refuses no payment.
 *
 * @param onKeyInUse the place for an acknowledgement: gets the fingerprint of each key once Adyen has accepted it for the
 *   first time. It is the `keyFingerprint` of the key's rotation.
 */
export function createCallAdyen<Answer extends { status: number }>({
  readKey,
  onKeyInUse = () => {},
}: {
  readKey: ReadKey;
  onKeyInUse?: (fingerprint: string) => void;
}): (send: (apiKey: string) => Promise<Answer>) => Promise<Answer> {
  let keyInUse: string | undefined;

  return async (send) => {
    const key = await readKey({ fresh: false });
    const answer = await attempt(key, send);
    if (answer.status !== 401) return answer;
    const freshKey = await readKey({ fresh: true });
    return freshKey === key ? answer : attempt(freshKey, send);
  };

  async function attempt(key: string, send: (apiKey: string) => Promise<Answer>): Promise<Answer> {
    const answer = await send(key);
    if (answer.status !== 401 && key !== keyInUse) {
      keyInUse = key;
      onKeyInUse(fingerprintOf(key));
    }
    return answer;
  }
}

/** The first 16 hex digits of the key's SHA-256, as in the audit. */
function fingerprintOf(key: string): string {
  return `sha256:${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;
}
