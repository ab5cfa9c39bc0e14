import { type ApiCredential, credentialPath } from '../../../src/rotation/api-credential.ts';
import type { Account } from '../account.ts';
import type { Faults } from '../kernel/faults.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Random } from '../kernel/random.ts';
import type { SecretRotations } from '../models/secret-rotation.ts';
import type { Scenario } from '../scenarios.ts';
import type { AskByEvent } from './events.ts';
import type { HttpCallers } from './http-callers.ts';

const HOUR_MS = 60 * 60_000;
/** Events for an API credential without a managed secret are refused; some come nevertheless. */
const RARE = 10;

/** How often somebody has the key of an API credential checked, and asks whether a rotation would work (ms). */
const CHECKS_EVERY_MS = 12 * HOUR_MS;
const DRY_RUNS_EVERY_MS = 12 * HOUR_MS;

/** Starts everything that asks for rotations or about keys, for so long (ms). */
export function startTriggers(deps: {
  kernel: Kernel;
  random: Random;
  faults: Faults;
  scenario: Scenario;
  account: Account;
  callers: HttpCallers;
  askByEvent: AskByEvent;
  secretRotations: SecretRotations;
  checkKey: (credential: ApiCredential) => void;
  dryRun: (credential: ApiCredential, force: boolean) => void;
  periodMs: number;
}): void {
  const { kernel, random, faults, scenario, account, callers, askByEvent, secretRotations, periodMs } = deps;
  const { checkKey, dryRun } = deps;
  const until = kernel.now() + periodMs;

  for (const credential of account.credentials) {
    const isManaged = account.secretIdOf(credentialPath(credential)) !== undefined;
    repeat(scenario.httpEveryMs, () => void callers.rotate(credential));
    repeat(scenario.eventEveryMs * (isManaged ? 1 : RARE), () => askByEvent(credential));
    repeat(CHECKS_EVERY_MS, () => checkKey(credential));
    repeat(DRY_RUNS_EVERY_MS, () => dryRun(credential, random.chance(0.5)));
  }
  for (const secret of account.secrets) {
    if (!secret.isRotated) continue;
    if (random.chance(0.5)) kernel.after(random.between(0, HOUR_MS), () => void secretRotations.test(secret));
    const every = random.between(25 * HOUR_MS, 48 * HOUR_MS);
    const first = kernel.now() + random.between(HOUR_MS, every);
    for (let due = first; due < until; due += every)
      kernel.at(due, () => void secretRotations.rotate(secret));
  }
  if (scenario.storms > 0) repeat(periodMs / scenario.storms, () => storm(random.pick(account.credentials)));

  /** Many triggers of all kinds within seconds. */
  function storm(credential: ApiCredential): void {
    faults.count('storm');
    const trigger = triggerOfStorm(credential);
    const triggers = random.whole(3, 30);
    for (let index = 0; index < triggers; index += 1) kernel.after(random.between(0, 3_000), trigger);
  }

  /** One trigger of a storm. In every second storm the callers race with one idempotency key for one request. */
  function triggerOfStorm(credential: ApiCredential): () => void {
    const secretId = account.secretIdOf(credentialPath(credential));
    const sameRequest = { idempotencyKey: random.uuid(), force: random.chance(0.5) };
    const isRace = random.chance(0.5);
    const kinds = {
      http: () => void callers.rotate(credential, isRace ? sameRequest : { force: random.chance(0.5) }),
      event: () => askByEvent(credential, random.chance(0.5)),
      aws: () => rotateByAws(secretId),
    };
    const weights = secretId === undefined ? { http: 1 } : { http: 3, event: 4, aws: 1 };
    return () => kinds[random.weighted<keyof typeof kinds>(weights)]();
  }

  function rotateByAws(secretId: string | undefined): void {
    const secret = secretId === undefined ? undefined : account.secret(secretId);
    if (secret?.isRotated) void secretRotations.rotate(secret);
  }

  function repeat(mean: number, act: () => void): void {
    if (!Number.isFinite(mean)) return;
    const next = () => {
      const due = kernel.now() + random.exponential(mean);
      if (due >= until) return;
      kernel.at(due, () => {
        act();
        next();
      });
    };
    next();
  }
}
