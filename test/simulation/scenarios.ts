const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** What may happen in a world, and how often. */
export type Scenario = Readonly<{
  /** The chance that a call of an AWS service meets a fault. */
  aws: number;
  /** The same for generateApiKey, and for a probe. */
  adyen: number;
  probe: number;
  /** The chance of each call that the process is killed, or frozen, before or after it. */
  kill: number;
  freeze: number;
  /** The greatest difference of a container's clock (ms). */
  skewMs: number;
  /** The mean number of outages of each service, and how long one may last (ms). */
  outages: number;
  longestOutageMs: number;
  /** The mean number of times at which the management credential loses its role, for as long as an outage. */
  roleLosses: number;
  /** The chance that a new key takes longer than a few minutes, up to three hours. */
  slowPropagation: number;
  /** The mean number of acts in the Customer Area for each API credential. */
  outsiders: number;
  /** The chance that an operator moves AWSCURRENT back after a promotion. */
  rollback: number;
  /** The mean number of bursts of triggers for one API credential. */
  storms: number;
  /** The chance that an API credential has a managed secret, and that Secrets Manager rotates it. */
  managed: number;
  rotatedByAws: number;
  /** The mean time (ms) between two requests over HTTP, and between two events, for one API credential. */
  httpEveryMs: number;
  eventEveryMs: number;
  /** The chance that a caller sends its request again after a retryable problem. */
  callerRetries: number;
  /** The mean number of times that a person replaces the key of the management credential. */
  managementRotations: number;
}>;

const CALM: Scenario = {
  aws: 0,
  adyen: 0,
  probe: 0,
  kill: 0,
  freeze: 0,
  skewMs: 1_000,
  outages: 0,
  longestOutageMs: 0,
  roleLosses: 0,
  slowPropagation: 0,
  outsiders: 0,
  rollback: 0,
  storms: 0,
  managed: 0.65,
  rotatedByAws: 0.4,
  httpEveryMs: 26 * HOUR_MS,
  eventEveryMs: 30 * HOUR_MS,
  callerRetries: 0.8,
  managementRotations: 0,
};

const FAULTS: Scenario = {
  ...CALM,
  aws: 0.02,
  adyen: 0.15,
  probe: 0.05,
  kill: 0.004,
  freeze: 0.006,
  skewMs: 10_000,
  outages: 0.2,
  longestOutageMs: 3 * HOUR_MS,
  slowPropagation: 0.04,
  storms: 0.3,
  managementRotations: 0.2,
};

/** The scenarios by name. `all` is a mix of them: see `run-worlds.ts`. */
export const SCENARIOS = {
  calm: CALM,
  faults: FAULTS,
  outsiders: { ...FAULTS, outsiders: 1 },
  slow: { ...FAULTS, aws: 0.005, adyen: 0.03, outages: 0, slowPropagation: 0.6 },
  outages: { ...FAULTS, aws: 0.005, adyen: 0.05, outages: 1.5, longestOutageMs: 8 * HOUR_MS },
  'role-losses': { ...FAULTS, outsiders: 1.5, outages: 0, roleLosses: 3, longestOutageMs: 24 * HOUR_MS },
  rollbacks: { ...FAULTS, aws: 0.005, adyen: 0.05, rollback: 0.4, rotatedByAws: 0.6 },
  storm: { ...FAULTS, storms: 5 },
  'http-unknown': {
    ...CALM,
    adyen: 0.5,
    skewMs: 10_000,
    managed: 1,
    rotatedByAws: 0,
    eventEveryMs: Number.POSITIVE_INFINITY,
    callerRetries: 0.2,
  },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;

/** How often each is in the mix `all`. */
export const MIX: Readonly<Record<ScenarioName, number>> = {
  calm: 1,
  faults: 4,
  outsiders: 2,
  slow: 1,
  outages: 2,
  'role-losses': 1,
  rollbacks: 2,
  storm: 2,
  'http-unknown': 2,
};

export function isScenarioName(name: string): name is ScenarioName {
  return Object.hasOwn(SCENARIOS, name);
}
