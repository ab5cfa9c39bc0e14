import { credentialPath } from '../../../src/rotation/api-credential.ts';
import type { Probe, ProbeResult } from '../../../src/rotation/ports.ts';
import type { Facts } from '../facts.ts';
import type { Container } from '../kernel/container.ts';
import type { Faults } from '../kernel/faults.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Random } from '../kernel/random.ts';
import type { Trace } from '../kernel/remote-call.ts';
import { type Ledger, works } from './adyen-ledger.ts';

/** Of the probes that meet a fault, how many see a 401 for a key that works. */
const FALSE_UNAUTHORIZED = 0.05;
const TIMEOUT_MS = 10_000;
const LONGEST_FREEZE_MS = 10 * 60_000;

/** The probe of a key (`GET /me`) as ports.ts documents it. */
export function createProbePort(deps: {
  kernel: Kernel;
  faults: Faults;
  random: Random;
  facts: Facts;
  container: Container;
  ledger: Ledger;
  trace: Trace;
  /** The chance of a fault. */
  chance: number;
}): Probe {
  const { kernel, faults, random, facts, container, ledger, trace, chance } = deps;

  return (credential, apiKey) => {
    if (!container.isAlive()) return new Promise(() => {});
    const path = credentialPath(credential);
    const key = apiKey.reveal();
    return new Promise((resolve) => {
      const onProcess = faults.ofProcess();
      if (onProcess) trace?.(() => `${container.id}: a probe of ${path} meets "${onProcess}"`);
      if (onProcess === 'killed before') return container.kill();
      if (onProcess === 'frozen before') container.freeze(LONGEST_FREEZE_MS * random.next() ** 2);
      const ms = random.between(40, 800);
      container.resume(() =>
        kernel.after(ms, () => {
          const result = answerNow(path, key);
          trace?.(() => `${container.id}: a probe of ${path} shows "${result.kind}" (${result.seen})`);
          if (onProcess === 'killed after') return container.kill();
          if (onProcess === 'frozen after') container.freeze(LONGEST_FREEZE_MS * random.next() ** 2);
          container.resume(() => {
            facts.probes.push({ at: kernel.now(), credential: path, key, kind: result.kind });
            resolve(result);
          });
        }),
      );
    });
  };

  function answerNow(path: string, text: string): ProbeResult {
    if (faults.isOut('adyen')) return unclear(random.pick([`timed out after ${TIMEOUT_MS} ms`, '503']));
    if (faults.happens(chance)) {
      const isFalse = random.chance(FALSE_UNAUTHORIZED);
      faults.count(isFalse ? 'probe false 401' : 'probe unclear');
      return isFalse ? { kind: 'unauthorized', seen: 'GET /me answered 401' } : unclear('503');
    }
    const key = ledger.find(text);
    if (!works(key, kernel.now())) return { kind: 'unauthorized', seen: 'GET /me answered 401' };
    return key?.credential === path
      ? { kind: 'works', seen: 'GET /me answered 200' }
      : { kind: 'another-credential', seen: 'GET /me answered 200 for another API credential' };
  }
}

function unclear(seen: string): ProbeResult {
  return { kind: 'unclear', seen: `GET /me: ${seen}` };
}
