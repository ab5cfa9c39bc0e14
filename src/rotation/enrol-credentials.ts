import { type ApiCredential, credentialPath } from './api-credential.ts';
import type { AddPlace, Clock, FindByPlace, ListSecrets } from './ports.ts';

/** Kept back (ms), so that what was begun can be finished before the function is ended. */
const RESERVE_MS = 10_000;
/** How many are entered at once: few enough for one partition of DynamoDB, which takes 1,000 writes a second. */
const AT_ONCE = 8;

export type EnrolResult = Readonly<{
  /** The managed secrets that were listed. */
  managed: number;
  /** The API credentials that the checks did not know before. */
  enrolled: number;
  /** Whether time ran out before the list was read. What is enrolled by then stays: a later run goes on. */
  isPartial: boolean;
}>;

/**
 * Makes the enrolment: it makes managed API credentials that have never rotated known to the checks of their keys. A
 * rotation does that by itself, so that usually nothing is to be done, and then nothing is written. No secret's value is
 * read: a check finds out whether there is a key in it.
 */
export function createEnrolCredentials(deps: {
  listSecrets: ListSecrets;
  /** The API credential whose key is in the secret of this name and ARN. */
  credentialOf: (name: string, arn: string) => ApiCredential | undefined;
  findByPlace: FindByPlace;
  addPlace: AddPlace;
  now: Clock;
}): (endsAt: number) => Promise<EnrolResult> {
  const { listSecrets, credentialOf, findByPlace, addPlace, now } = deps;

  return async (endsAt) => {
    const known = await knownPaths();
    const missing: ApiCredential[] = [];
    let managed = 0;
    let enrolled = 0;
    let isPartial = false;
    for await (const { name, arn } of listSecrets()) {
      if (now() > endsAt - RESERVE_MS) {
        isPartial = true;
        break;
      }
      const credential = credentialOf(name, arn);
      if (!credential) continue;
      managed += 1;
      const path = credentialPath(credential);
      if (known.has(path)) continue;
      known.add(path);
      missing.push(credential);
      if (missing.length === AT_ONCE) await enter();
    }
    await enter();
    return { managed, enrolled, isPartial };

    async function enter(): Promise<void> {
      const batch = missing.splice(0);
      await Promise.all(batch.map(addPlace));
      enrolled += batch.length;
    }
  };

  async function knownPaths(): Promise<Set<string>> {
    const paths = new Set<string>();
    for await (const credential of findByPlace(0, 1)) paths.add(credentialPath(credential));
    return paths;
  }
}
