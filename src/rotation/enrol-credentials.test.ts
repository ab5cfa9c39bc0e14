import { describe, expect, it } from 'vitest';
import { type ApiCredential, credentialPath, parseCredentialPath } from './api-credential.ts';
import { createEnrolCredentials } from './enrol-credentials.ts';

const SECRETS = 'keyturn/keys/';
const credentialAt = (index: number): ApiCredential => ({
  level: 'merchants',
  accountId: 'ACME_NL',
  apiCredentialId: `S2-${index}`,
});
const credentials = (count: number) => Array.from({ length: count }, (_, index) => credentialAt(index));

/** An account with these secrets, and an index that knows these API credentials. A read or a write takes time. */
function account({
  names = [] as readonly string[],
  known = [] as readonly ApiCredential[],
  listMs = 0,
  writeMs = 0,
} = {}) {
  let time = 0;
  let reads = 0;
  const places = new Set(known.map(credentialPath));
  const writes: string[] = [];
  const failures = new Map<string, Error>();
  const enrolCredentials = createEnrolCredentials({
    async *listSecrets() {
      for (const name of names) {
        time += listMs;
        const failure = failures.get(name);
        if (failure) throw failure;
        yield { name, arn: `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${name}-a1B2c3` };
      }
    },
    credentialOf: (name) =>
      name.startsWith(SECRETS) ? parseCredentialPath(name.slice(SECRETS.length)) : undefined,
    async *findByPlace(from, to) {
      expect([from, to]).toEqual([0, 1]);
      reads += 1;
      for (const path of places) {
        const credential = parseCredentialPath(path);
        if (credential) yield credential;
      }
    },
    async addPlace(credential) {
      time += writeMs;
      writes.push(credentialPath(credential));
      places.add(credentialPath(credential));
    },
    now: () => time,
  });
  return {
    /** Runs for at most this time (ms). */
    run: (ms = 300_000) => enrolCredentials(time + ms),
    places,
    writes,
    failures,
    reads: () => reads,
  };
}
const secretsOf = (all: readonly ApiCredential[]) => all.map((one) => `${SECRETS}${credentialPath(one)}`);

describe('the enrolment', () => {
  it('makes each managed API credential known that has a secret and is not known, and no other', async () => {
    const [rotated, ...others] = credentials(20);
    const { run, writes } = account({
      names: [...secretsOf(credentials(20)), 'app/database', `${SECRETS}something/else`],
      known: rotated ? [rotated] : [],
    });
    expect(await run()).toEqual({ managed: 20, enrolled: 19, isPartial: false });
    expect(writes.sort()).toEqual(others.map(credentialPath).sort());
  });

  it('writes nothing if nothing has changed', async () => {
    const { run, writes, reads } = account({ names: secretsOf(credentials(20)) });
    await run();
    const before = writes.length;
    expect(await run()).toEqual({ managed: 20, enrolled: 0, isPartial: false });
    expect([writes.length - before, reads()]).toEqual([0, 2]);
  });

  it('writes an API credential once, even if the list has its secret twice', async () => {
    const { run, writes } = account({ names: [...secretsOf(credentials(3)), ...secretsOf(credentials(3))] });
    expect(await run()).toMatchObject({ enrolled: 3 });
    expect(writes).toHaveLength(3);
  });

  it('ends in time, and the next runs go on where it was cut off', async () => {
    const { run, places } = account({ names: secretsOf(credentials(1_000)), listMs: 10, writeMs: 100 });
    const results = [];
    for (let runs = 0; runs < 10 && places.size < 1_000; runs += 1) results.push(await run(40_000));
    expect(results.map(({ isPartial }) => isPartial)).toEqual([true, true, true, true, false]);
    expect(results.reduce((sum, { enrolled }) => sum + enrolled, 0)).toBe(1_000);
  });

  it('keeps what it has entered if the list fails, and reports the failure', async () => {
    const names = secretsOf(credentials(20));
    const { run, places, failures } = account({ names });
    failures.set(names[16] ?? '', new Error('throttled'));
    await expect(run()).rejects.toThrow('throttled');
    expect(places.size).toBe(16);
    failures.clear();
    expect(await run()).toEqual({ managed: 20, enrolled: 4, isPartial: false });
  });

  it('copes with 10,000 managed secrets', async () => {
    const { run } = account({ names: secretsOf(credentials(10_000)) });
    expect(await run()).toEqual({ managed: 10_000, enrolled: 10_000, isPartial: false });
    expect(await run()).toEqual({ managed: 10_000, enrolled: 0, isPartial: false });
  });
});
