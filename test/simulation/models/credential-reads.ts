import type {
  ReadApiCredential,
  ReadManagementCredential,
  UpstreamRead,
  UpstreamReadRequest,
} from '../../../src/rotation/ports.ts';
import type { Container } from '../kernel/container.ts';
import type { Faults } from '../kernel/faults.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Random } from '../kernel/random.ts';
import type { Adyen } from './adyen.ts';

const ROLE = 'Management API—API credentials read and write';

/** The reads of the management credential and of an API credential as ports.ts documents them. They change nothing. */
export function createCredentialReadPorts(deps: {
  kernel: Kernel;
  faults: Faults;
  random: Random;
  container: Container;
  adyen: Adyen;
  /** The chance of a fault. */
  chance: number;
}): Readonly<{ readManagementCredential: ReadManagementCredential; readApiCredential: ReadApiCredential }> {
  const { kernel, faults, random, container, adyen, chance } = deps;
  const credential = { isActive: true, allowedAddresses: [] };
  return {
    readManagementCredential: (request) => read(request, { roles: [ROLE] }),
    readApiCredential: (request) => read(request, credential),
  };

  function read<Found>(request: UpstreamReadRequest, found: Found): Promise<UpstreamRead<Found>> {
    if (!container.isAlive()) return new Promise(() => {});
    return new Promise((resolve) => {
      const onProcess = faults.ofProcess();
      if (onProcess === 'killed before' || onProcess === 'killed after') return container.kill();
      container.resume(() =>
        kernel.after(random.between(40, 800), () => {
          const answer = answerNow(request, found);
          container.resume(() => resolve(answer));
        }),
      );
    });
  }

  function answerNow<Found>({ managementKey }: UpstreamReadRequest, found: Found): UpstreamRead<Found> {
    if (faults.isOut('adyen') || faults.happens(chance)) {
      return { kind: 'failed', code: 'upstream-failure', seen: 'it answered 503' };
    }
    return adyen.isManagementKey(managementKey.reveal())
      ? { kind: 'read', found, seen: 'it answered 200' }
      : { kind: 'failed', code: 'upstream-unauthorized', seen: 'it answered 401' };
  }
}
