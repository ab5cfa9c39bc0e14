import type { ManagementCredential } from '../../../src/rotation/ports.ts';
import { Unavailable } from '../../../src/rotation/unavailable.ts';
import { Secret } from '../../../src/secret.ts';
import type { Container } from '../kernel/container.ts';
import type { Call } from '../kernel/remote-call.ts';

/** How long a process uses what it has read (ms). */
const CACHE_MS = 5 * 60_000;

/** The port to the management credential as ports.ts documents it: one secret for all accounts. */
export function createManagementCredentialPort(deps: {
  call: Call;
  container: Container;
  /** The key that is in the secret now. */
  current: () => string;
}): ManagementCredential {
  const { call, container, current } = deps;
  let cached: { key: Secret; readAt: number } | undefined;

  const load = async () => {
    const failure = (reason: string) =>
      new Unavailable('management-credential-unavailable', 'the secret cannot be read', {
        cause: new Error(reason),
      });
    const text = await call(container, 'secrets-manager', 'read management credential', current, failure);
    cached = { key: new Secret(text), readAt: container.clock() };
    return cached.key;
  };

  return {
    async get() {
      return cached && container.clock() - cached.readAt < CACHE_MS ? cached.key : load();
    },
    async reload(_credential, stale) {
      return cached && cached.key !== stale ? cached.key : load();
    },
  };
}
