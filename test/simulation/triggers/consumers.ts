import type { ApiCredential } from '../../../src/rotation/api-credential.ts';
import { fingerprint } from '../../../src/rotation/api-key.ts';
import { Secret } from '../../../src/secret.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Random } from '../kernel/random.ts';

const HOUR_MS = 60 * 60_000;
/** How often a consumer says that it has switched, and how long it takes for that on average (ms). */
const SAYS_SO = 0.7;
const SWITCHES_AFTER_MS = 6 * HOUR_MS;
const MOST_TRIES = 3;
const PAUSE_MS = 60_000;

/** Says to Keyturn which key a consumer uses, and whether it was noted. */
export type Acknowledge = (
  credential: ApiCredential,
  consumerId: string,
  keyFingerprint: string,
) => Promise<boolean>;

/** The consumers of the keys that callers get over HTTP: some are late, and some never say anything. */
export function createConsumers(deps: {
  kernel: Kernel;
  random: Random;
  acknowledge: Acknowledge;
}): (credential: ApiCredential, apiKey: string) => void {
  const { kernel, random, acknowledge } = deps;
  return (credential, apiKey) => {
    const keyFingerprint = fingerprint(new Secret(apiKey));
    for (const consumerId of ['checkout', 'batch']) {
      if (!random.chance(SAYS_SO)) continue;
      kernel.after(random.exponential(SWITCHES_AFTER_MS), () => void say(consumerId));
    }

    async function say(consumerId: string): Promise<void> {
      for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
        if (await acknowledge(credential, consumerId, keyFingerprint)) return;
        await kernel.sleep(PAUSE_MS);
      }
    }
  };
}
