import { credentialPath } from '../../../src/rotation/api-credential.ts';
import type { Publish, ReportDeadKey } from '../../../src/rotation/ports.ts';
import type { ClosedRotation } from '../../../src/rotation/rotation.ts';
import type { BusFact, Facts } from '../facts.ts';
import type { Container } from '../kernel/container.ts';
import type { Faults } from '../kernel/faults.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Random } from '../kernel/random.ts';
import type { Call, Trace } from '../kernel/remote-call.ts';
import { noteLeak } from '../key-text.ts';

const HOUR_MS = 60 * 60_000;
/** How long EventBridge tries to deliver an event (ms). */
const DELIVERED_WITHIN_MS = 24 * HOUR_MS;
/** How often an event comes twice, how often it comes late, and by how much at most (ms). */
const DUPLICATES = 0.02;
const DELAYS = 0.03;
const LONGEST_DELAY_MS = 30 * 60_000;

/** An event on the bus: of Keyturn, or of a system that asks for a rotation. */
export type BusEvent = Readonly<{
  id: string;
  source: string;
  type: string;
  /** What it says. */
  detail: unknown;
}>;

export type EventBus = Readonly<{
  /** Takes an event and delivers it: at least once, and not in order. */
  put(event: BusEvent): void;
}>;

/** @param deliver starts the function that the rules name; `false`: not now */
export function createEventBus(deps: {
  kernel: Kernel;
  random: Random;
  faults: Faults;
  facts: Facts;
  isFaulty: boolean;
  deliver: (event: BusEvent) => boolean;
}): EventBus {
  const { kernel, random, faults, facts, isFaulty, deliver } = deps;

  return {
    put(event) {
      noteLeak(facts, kernel.now(), 'the bus', JSON.stringify(event));
      schedule(event, random.between(50, 1_500));
      if (isFaulty && random.chance(DUPLICATES)) {
        faults.count('event delivered twice');
        schedule(event, random.between(100, LONGEST_DELAY_MS));
      }
    },
  };

  function schedule(event: BusEvent, ms: number): void {
    const isLate = isFaulty && random.chance(DELAYS);
    if (isLate) faults.count('event delivered late');
    const first = isLate ? random.between(ms, LONGEST_DELAY_MS) : ms;
    kernel.after(first, () => attempt(event, kernel.now() + DELIVERED_WITHIN_MS, 1_000));
  }

  function attempt(event: BusEvent, until: number, pause: number): void {
    if (!faults.isOut('event-bridge') && deliver(event)) return;
    if (kernel.now() + pause > until) {
      facts.deadLetters.push('not delivered');
      return;
    }
    const next = Math.min(pause * 2, HOUR_MS / 4) * random.between(0.8, 1.2);
    kernel.after(pause, () => attempt(event, until, next));
  }
}

type PortDeps = Readonly<{
  bus: EventBus;
  call: Call;
  container: Container;
  random: Random;
  facts: Facts;
  now: () => number;
  source: string;
}>;

/** The port to the bus, as one process uses it. */
export function createPublishPort(deps: PortDeps & Readonly<{ trace: Trace }>): Publish {
  return (event, rotation, consumers) => {
    const { id: rotationId } = rotation;
    const credential = credentialPath(rotation.credential);
    const late = consumers?.map(({ consumerId }) => consumerId);
    return put(deps, event, { credential, rotationId, ...(late && { late }) }, () => {
      deps.trace?.(() => `BUS ${event} of rotation ${rotationId} for ${credential}`);
      return snapshot(rotation);
    });
  };
}

/** The port by which a key check has a dead key replaced, as one process uses it. */
export function createReportDeadKeyPort(deps: PortDeps): ReportDeadKey {
  return (dead) => {
    const about = { credential: credentialPath(dead.credential), rotationId: dead.versionId };
    return put(deps, 'ApiKeyDead', about, () => dead);
  };
}

/** @param detailNow the detail of the event at the moment at which the bus takes it */
function put(
  { bus, call, container, random, facts, now, source }: PortDeps,
  event: string,
  about: Omit<BusFact, 'at' | 'event'>,
  detailNow: () => unknown,
): Promise<void> {
  return call(
    container,
    'event-bridge',
    `put ${event}`,
    () => {
      facts.busEvents.push({ at: now(), event, ...about });
      bus.put({ id: random.uuid(), source, type: event, detail: detailNow() });
    },
    (reason) => new Error(`the event bus cannot be reached (${reason})`),
  );
}

function snapshot(rotation: ClosedRotation): unknown {
  return JSON.parse(JSON.stringify(rotation));
}
