import type { Scenario } from '../scenarios.ts';
import type { Outage, Service } from './outages.ts';
import type { Random } from './random.ts';

/** What can happen to the process itself at a call. */
const PROCESS_FAULTS = { 'killed before': 1, 'killed after': 1, 'frozen before': 1, 'frozen after': 1 };

/** What can happen to a call of an AWS service, with how often (relative to each other). */
const AWS_FAULTS = {
  'failed before': 3,
  'answer lost': 3,
  'sent twice': 2,
  late: 1,
  slow: 3,
  throttled: 2,
};

/** The same in an outage: most calls have no effect. */
const OUTAGE_FAULTS = { 'failed before': 8, 'answer lost': 1, late: 1 };

export type ProcessFault = keyof typeof PROCESS_FAULTS;
export type AwsFault = keyof typeof AWS_FAULTS;

export type Faults = Readonly<{
  /** What happens to the next call of an AWS service; `undefined`: all is well. */
  ofCall(service: Service): AwsFault | ProcessFault | undefined;
  /** What happens to the process at a call of Adyen. */
  ofProcess(): ProcessFault | undefined;
  /** Whether a fault with this chance happens now. */
  happens(chance: number): boolean;
  isOut(service: Outage['service']): boolean;
  /** When the outage that lasts now ends; now, if there is none. */
  outageEnd(service: Service): number;
  count(kind: string): void;
}>;

/** Decides which calls meet a fault. None does after the time `until`: then it can be seen what heals. */
export function createFaults(deps: {
  random: Random;
  scenario: Scenario;
  outages: readonly Outage[];
  until: number;
  now: () => number;
  counts: Map<string, number>;
}): Faults {
  const { random, scenario, outages, until, now, counts } = deps;

  const outageOf = (service: Outage['service']) =>
    outages.find((outage) => outage.service === service && outage.from <= now() && now() < outage.to);

  const count = (kind: string) => void counts.set(kind, (counts.get(kind) ?? 0) + 1);

  const happens = (chance: number) => chance > 0 && now() < until && random.chance(chance);

  const ofProcess = () => {
    const { kill, freeze } = scenario;
    if (!happens(kill + freeze)) return undefined;
    const fault = random.weighted<ProcessFault>({
      'killed before': kill,
      'killed after': kill,
      'frozen before': freeze,
      'frozen after': freeze,
    });
    count(fault);
    return fault;
  };

  return {
    ofProcess,
    happens,
    count,
    isOut: (service) => outageOf(service) !== undefined,
    outageEnd: (service) => outageOf(service)?.to ?? now(),
    ofCall(service) {
      if (outageOf(service)) {
        count(`${service} outage`);
        return random.weighted<AwsFault>(OUTAGE_FAULTS);
      }
      const onProcess = ofProcess();
      if (onProcess) return onProcess;
      if (!happens(scenario.aws)) return undefined;
      const fault = random.weighted<AwsFault>(AWS_FAULTS);
      count(`${service} ${fault}`);
      return fault;
    },
  };
}
