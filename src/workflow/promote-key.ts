import type { Probe, ProbeResult } from '../adyen/probe.ts';
import type { ApiCredential } from '../rotation/api-credential.ts';
import { hasHappened, type RecordKeyEvent, readIssued } from '../rotation/key-events.ts';
import type { ManagedSecret, ManagedSecretOf } from '../secrets-manager/managed-secret.ts';
import { type Durable, WorkflowFailed } from './durable.ts';
import type { Issued } from './issue-key.ts';

const FIRST_PAUSE_MS = 15_000;
const LONGEST_PAUSE_MS = 5 * 60_000;
/** The key before is gone by then, whatever clock Adyen goes by (ms). */
const AFTER_EXPIRY_MS = 10 * 60_000;
/** So long a key in use that nobody can judge is asked for again and again (ms). */
const CHECK_MS = 60 * 60_000;
/** A key in use is dead if it was refused so often in a row: once could be a hiccup of Adyen's. */
const REFUSALS = 3;

type Seen = ProbeResult | Readonly<{ kind: 'superseded'; seen: string }>;

export type Prove = Readonly<{
  /** Waits until an issued key works, and makes it current. Throws `WorkflowFailed` where it never does. */
  promote(issued: Issued, durable: Durable): Promise<'promoted' | 'superseded'>;
  /** Looks, when the key before is gone, whether the promoted one still works. */
  check(issued: Issued, durable: Durable): Promise<'works' | 'superseded' | 'displaced'>;
}>;

/** Makes the second part of the workflow: from an issued key to one that is known to work, and to go on working. */
export function createProve(parts: {
  audit: Parameters<typeof readIssued>[0];
  managedSecretOf: ManagedSecretOf;
  probe: Probe;
  recordKeyEvent: RecordKeyEvent;
  verificationMs: number;
}): Prove {
  const { audit, managedSecretOf, probe, recordKeyEvent, verificationMs } = parts;

  return {
    async promote(issued, durable) {
      await durable.waitUntil('propagation', issued.usableFrom);
      const verified = await askUntil(
        durable,
        'verify',
        verificationMs,
        () => probePending(issued),
        isDecided,
      );
      if (verified.kind !== 'works') {
        const known = await durable.step('stalled', async () => {
          // Another execution may have been luckier.
          const rotation = await readIssued(audit, issued);
          if (hasHappened(rotation, 'promoted')) return 'promoted';
          if (hasHappened(rotation, 'superseded')) return 'superseded';
          await recordKeyEvent(issued, 'stalled', verified.seen);
          // Secrets Manager would take it for a rotation that is not finished.
          await secretOf(issued.credential).discard(issued.versionId);
          return undefined;
        });
        if (known) return known;
        throw new WorkflowFailed('stalled', `the new key was never seen working: ${verified.seen}`);
      }
      return durable.step('promote', async () => {
        await recordKeyEvent(issued, 'verified', verified.seen);
        const promotion = await secretOf(issued.credential).promote(issued.versionId);
        await recordKeyEvent(issued, promotion);
        return promotion;
      });
    },

    async check(issued, durable) {
      const gone = new Date(Date.parse(issued.previousKeyExpiresAt) + AFTER_EXPIRY_MS).toISOString();
      await durable.waitUntil('overlap', gone);
      const seen = await askUntil(durable, 'check', CHECK_MS, () => probeCurrent(issued), isCertain);
      switch (seen.kind) {
        case 'works':
        case 'superseded':
          return seen.kind;
        case 'unclear':
          throw new WorkflowFailed('unclear', `nobody can tell whether the key in use works: ${seen.seen}`);
        case 'refused':
        case 'another-credential':
          await durable.step(
            'displaced',
            async () => void (await recordKeyEvent(issued, 'displaced', seen.seen)),
          );
          return 'displaced';
      }
    },
  };

  function secretOf(credential: ApiCredential): ManagedSecret {
    const secret = managedSecretOf(credential);
    if (!secret)
      throw new WorkflowFailed('no-managed-secret', 'the API credential has no managed secret any more');
    return secret;
  }

  async function probePending({ credential, versionId }: Issued): Promise<Seen> {
    const pending = await secretOf(credential).read(versionId);
    if (!pending) return { kind: 'unclear', seen: 'the managed secret has no such version' };
    return probe(credential, pending.apiKey);
  }

  async function probeCurrent({ credential, versionId }: Issued): Promise<Seen> {
    const current = await secretOf(credential).readCurrent();
    if (current?.versionId !== versionId) return { kind: 'superseded', seen: 'another version is current' };
    return probe(credential, current.apiKey);
  }
}

const isDecided = ([last]: readonly Seen[]) => last?.kind === 'works' || last?.kind === 'another-credential';

const isCertain = (newestFirst: readonly Seen[]) => {
  const [last] = newestFirst;
  if (last?.kind === 'unclear') return false;
  return last?.kind !== 'refused' || newestFirst.slice(0, REFUSALS).filter(isRefused).length === REFUSALS;
};

const isRefused = ({ kind }: Seen) => kind === 'refused';

/** Asks with growing pauses until it is decided or the time (ms) is over, and gives the last answer. */
async function askUntil(
  durable: Durable,
  name: string,
  limitMs: number,
  ask: () => Promise<Seen>,
  isEnough: (newestFirst: readonly Seen[]) => boolean,
): Promise<Seen> {
  const newestFirst: Seen[] = [];
  let waited = 0;
  let pause = FIRST_PAUSE_MS;
  for (let turn = 1; ; turn += 1) {
    const seen = await durable.step(`${name} ${turn}`, ask);
    newestFirst.unshift(seen);
    if (isEnough(newestFirst) || waited >= limitMs) return seen;
    await durable.wait(`${name} again ${turn}`, pause);
    waited += pause;
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS, Math.max(limitMs - waited, FIRST_PAUSE_MS));
  }
}
