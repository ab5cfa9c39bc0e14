import type { Facts } from '../facts.ts';
import type { Faults } from '../kernel/faults.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Ending } from '../kernel/lambda.ts';
import type { Random } from '../kernel/random.ts';
import type { Trace } from '../kernel/remote-call.ts';
import type { AccountSecret } from './managed-secret.ts';
import type { SecretView } from './secrets.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The pauses between the tries of one rotation (ms); the last one is repeated. AWS does not document them. */
const PAUSES_MS = [MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS];
/** After so long Secrets Manager gives a rotation up until the next one is due (ms). */
const GIVEN_UP_AFTER_MS = 24 * HOUR_MS;

const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;

export type StepRequest = Readonly<{ step: (typeof STEPS)[number]; secretId: string; token: string }>;
export type InvokeStep = (request: StepRequest) => Promise<Ending<void>>;

/** Rotates secrets as Secrets Manager does: the four steps with one token, again from the first one after an error. */
export type SecretRotations = Readonly<{
  /** `RotateSecret`. It resolves when the rotation has ended or was given up. */
  rotate(secret: AccountSecret): Promise<void>;
  /** `RotateSecret` with `RotateImmediately: false`: a test of the set-up with `testSecret` alone. */
  test(secret: AccountSecret): Promise<void>;
}>;

export function createSecretRotations(deps: {
  kernel: Kernel;
  random: Random;
  faults: Faults;
  facts: Facts;
  trace: Trace;
  invokeStep: InvokeStep;
}): SecretRotations {
  const { kernel, random, faults, facts, trace, invokeStep } = deps;
  const running = new Set<string>();

  return {
    async rotate(secret) {
      if (running.has(secret.id)) return;
      running.add(secret.id);
      await rotateToTheEnd(secret);
      running.delete(secret.id);
    },

    async test(secret) {
      // With a version that waits, AWS would go on with that one instead.
      if (pendingOf(secret) !== undefined) return;
      const token = random.uuid();
      secret.state.beginVersion(token);
      const ending = await invokeStep({ step: 'testSecret', secretId: secret.arn, token });
      if (view(secret).labels.get('AWSPENDING') === token)
        secret.state.move('AWSPENDING', token, undefined, 'secrets-manager');
      tell(secret, token, ending.kind === 'returned' ? 'test passed' : 'test failed', detailOf(ending));
    },
  };

  async function rotateToTheEnd(secret: AccountSecret): Promise<void> {
    const token = begin(secret);
    const startedAt = kernel.now();
    const until = startedAt + GIVEN_UP_AFTER_MS;
    for (let attempt = 0; ; attempt += 1) {
      const error = await attemptOnce(secret, token);
      if (error === undefined) {
        const isRotated = facts.labels.some(
          ({ at, secretId, stage, versionId }) =>
            at >= startedAt && secretId === secret.id && stage === 'AWSCURRENT' && versionId === token,
        );
        return tell(secret, token, isRotated ? 'rotated' : 'reported without a new key');
      }
      const pause = PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)] ?? HOUR_MS;
      if (kernel.now() + pause > until) return tell(secret, token, 'given up', error);
      await kernel.sleep(pause * random.between(0.9, 1.3));
    }
  }

  /** The token of the rotation: that of an earlier one which is not complete, if there is one. */
  function begin(secret: AccountSecret): string {
    const pending = pendingOf(secret);
    if (pending !== undefined) return pending;
    const token = random.uuid();
    secret.state.beginVersion(token);
    return token;
  }

  /** The version that has AWSPENDING and is not current. */
  function pendingOf(secret: AccountSecret): string | undefined {
    const { labels } = view(secret);
    const pending = labels.get('AWSPENDING');
    return pending === labels.get('AWSCURRENT') ? undefined : pending;
  }

  /** Why an attempt failed; `undefined` if all four steps returned. */
  async function attemptOnce(secret: AccountSecret, token: string): Promise<string | undefined> {
    for (const step of STEPS) {
      if (faults.isOut('lambda')) return 'Lambda is out';
      const ending = await invokeStep({ step, secretId: secret.arn, token });
      trace?.(() => `SECRETS MANAGER ${secret.id} ${step} ${token}: ${detailOf(ending) ?? 'done'}`);
      if (ending.kind !== 'returned') return `${step}: ${detailOf(ending)}`;
    }
    return undefined;
  }

  function tell(
    { id: secretId }: AccountSecret,
    token: string,
    outcome: Facts['secretRotations'][number]['outcome'],
    detail?: string,
  ): void {
    trace?.(() => `SECRETS MANAGER ${secretId} ${token}: ${outcome} ${detail ?? ''}`);
    facts.secretRotations.push({
      at: kernel.now(),
      secretId,
      token,
      outcome,
      ...(detail !== undefined && { detail }),
    });
  }

  function view({ state }: AccountSecret): SecretView {
    return state.at(kernel.now());
  }
}

function detailOf(ending: Ending<void>): string | undefined {
  switch (ending.kind) {
    case 'returned':
      return undefined;
    case 'threw':
      return ending.error instanceof Error ? `${ending.error.name}: ${ending.error.message}` : 'threw';
    default:
      return ending.kind;
  }
}
