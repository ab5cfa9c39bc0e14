import type { Facts } from '../facts.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Random } from '../kernel/random.ts';
import type { Trace } from '../kernel/remote-call.ts';
import { keyText } from '../key-text.ts';
import { createLedger, type Ledger, type LedgerKey } from './adyen-ledger.ts';
import type { Process } from './generate-api-key.ts';

const MINUTE_MS = 60_000;
/** "A few minutes" until a new key works, and the longest that was seen (ms). */
const USUAL_MS = [MINUTE_MS, 5 * MINUTE_MS] as const;
const LONGEST_MS = 3 * 60 * MINUTE_MS;

/** Adyen's side: its ledger, and who may generate keys. */
export type Adyen = Readonly<{
  ledger: Ledger;
  /** Makes a key for an API credential that works at once, as those do that are there from the beginning. */
  firstKey(credential: string): LedgerKey;
  /** A person makes a key in the Customer Area. */
  generateByHand(credential: string): LedgerKey;
  process: Process;
  /** Whether this is a key of the management credential that works. */
  isManagementKey(text: string): boolean;
  /** The key of the management credential that a person has made last. */
  newManagementKey(): string;
  /** A person ends all keys of the management credential but the newest. */
  endOldManagementKeys(): void;
}>;

export function createAdyen(deps: {
  kernel: Kernel;
  random: Random;
  facts: Facts;
  slowPropagation: number;
  trace: Trace;
}): Adyen {
  const { kernel, random, facts, slowPropagation, trace } = deps;
  const ledger = createLedger();
  const managementKeys: string[] = [];

  const usableFrom = () => {
    const delay = random.chance(slowPropagation)
      ? random.between(USUAL_MS[1], LONGEST_MS)
      : random.between(...USUAL_MS);
    return kernel.now() + delay;
  };
  const newText = () => keyText(random.uuid());

  return {
    ledger,
    firstKey: (credential) =>
      ledger.generate({ text: newText(), credential, at: kernel.now(), usableFrom: kernel.now() }),
    generateByHand: (credential) =>
      ledger.generate({
        text: newText(),
        credential,
        at: kernel.now(),
        usableFrom: usableFrom(),
        isByPerson: true,
      }),
    process(call, managementKey) {
      if (!managementKeys.includes(managementKey)) return 'unauthorized';
      const { credential, id } = call;
      const key = ledger.generate({
        text: newText(),
        credential,
        at: kernel.now(),
        usableFrom: usableFrom(),
        callId: id,
      });
      call.processedAt = kernel.now();
      call.key = key.text;
      trace?.(
        () =>
          `ADYEN makes ${nameOf(key)} by call ${id} of rotation ${call.rotationId}, usable from ${time(key.usableFrom)}`,
      );
      return key.text;
    },
    isManagementKey: (text) => managementKeys.includes(text),
    newManagementKey() {
      const text = newText();
      managementKeys.push(text);
      return text;
    },
    endOldManagementKeys() {
      managementKeys.splice(0, managementKeys.length - 1);
    },
  };

  function nameOf(key: LedgerKey): string {
    return `key ${facts.calls.length}:${key.text.slice(-6)}`;
  }
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
