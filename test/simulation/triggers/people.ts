import { credentialPath } from '../../../src/rotation/api-credential.ts';
import type { Account } from '../account.ts';
import type { Facts } from '../facts.ts';
import type { Faults } from '../kernel/faults.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Random } from '../kernel/random.ts';
import type { Trace } from '../kernel/remote-call.ts';
import type { Adyen } from '../models/adyen.ts';
import type { AccountSecret } from '../models/managed-secret.ts';
import type { Scenario } from '../scenarios.ts';

const HOUR_MS = 60 * 60_000;

/** People who act beside Keyturn, until the time `until`. */
export type People = Readonly<{
  /** Somebody generates keys in the Customer Area, and sometimes ends the old ones. */
  actInCustomerArea(): void;
  /** Operators move AWSCURRENT back after some promotions. Called with each move of the label by Keyturn. */
  considerRollback(secret: AccountSecret): void;
  /** Somebody replaces the key of the management credential. */
  rotateManagementCredential(): void;
}>;

export function createPeople(deps: {
  kernel: Kernel;
  random: Random;
  facts: Facts;
  faults: Faults;
  trace: Trace;
  scenario: Scenario;
  account: Account;
  adyen: Adyen;
  periodMs: number;
}): People {
  const { kernel, random, faults, trace, scenario, account, adyen, periodMs } = deps;

  return {
    actInCustomerArea() {
      if (scenario.outsiders === 0) return;
      for (const credential of account.credentials) {
        repeat(periodMs / scenario.outsiders, () => actOn(credentialPath(credential)));
      }
    },

    considerRollback(secret) {
      if (!random.chance(scenario.rollback)) return;
      const promoted = current(secret);
      kernel.after(12 * HOUR_MS * random.next() ** 2, () => {
        const { labels } = secret.state.at(kernel.now());
        const previous = labels.get('AWSPREVIOUS');
        if (previous === undefined || labels.get('AWSCURRENT') !== promoted) return;
        faults.count('rollback');
        secret.state.move('AWSCURRENT', promoted, previous, 'operator');
      });
    },

    rotateManagementCredential() {
      if (scenario.managementRotations === 0) return;
      repeat(periodMs / scenario.managementRotations, () => {
        faults.count('management key replaced');
        const key = adyen.newManagementKey();
        kernel.after(random.between(0, 60_000), () => {
          account.managementKey = key;
        });
        // Some end the old one at once, others let it run for its 24 hours.
        kernel.after(random.pick([2 * 60_000, 24 * HOUR_MS]), adyen.endOldManagementKeys);
      });
    },
  };

  function actOn(credential: string): void {
    const older = adyen.ledger.keysOf(credential).at(-1);
    const act = random.weighted({ generates: 7, 'generates and ends the old one': 2, 'ends an old one': 1 });
    faults.count(`somebody ${act}`);
    trace?.(() => `PERSON ${act} for ${credential}`);
    if (act !== 'ends an old one') {
      adyen.generateByHand(credential);
      if (act === 'generates' || !older) return;
      kernel.after(random.between(0, 6 * HOUR_MS), () => adyen.ledger.end(older, kernel.now()));
      return;
    }
    const old = adyen.ledger.keysOf(credential).at(-2);
    if (old) adyen.ledger.end(old, kernel.now());
  }

  function current({ state }: AccountSecret): string | undefined {
    return state.at(kernel.now()).labels.get('AWSCURRENT');
  }

  function repeat(mean: number, act: () => void): void {
    const until = kernel.now() + periodMs;
    const next = () => {
      const due = kernel.now() + random.exponential(mean);
      if (due < until) {
        kernel.at(due, () => {
          act();
          next();
        });
      }
    };
    next();
  }
}
