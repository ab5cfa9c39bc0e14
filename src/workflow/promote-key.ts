import { hasHappened, type RecordKeyEvent, readIssued } from '../rotation/key-events.ts';
import type { AuditLog, ManagedSecretOf, Probe } from '../rotation/ports.ts';
import { type Durable, WorkflowFailed } from './durable.ts';
import type { StoredIssue } from './issue-key.ts';
import { probeUntil, type Seen } from './probe-until.ts';
import { requireSecret } from './require-secret.ts';

/** Waits until an issued key works, and makes it current. Throws `WorkflowFailed` if it never works. */
export type PromoteKey = (issued: StoredIssue, durable: Durable) => Promise<'promoted' | 'superseded'>;

/** Makes the second part of the workflow: from an issued key to one that the app reads and that was seen working. */
export function createPromoteKey(deps: {
  audit: Pick<AuditLog, 'get'>;
  managedSecretOf: ManagedSecretOf;
  probe: Probe;
  recordKeyEvent: RecordKeyEvent;
  verificationMs: number;
}): PromoteKey {
  const { audit, managedSecretOf, probe, recordKeyEvent, verificationMs } = deps;

  return async (issued, durable) => {
    await durable.waitUntil('propagation', issued.usableFrom);
    const verified = await probeUntil(
      durable,
      'verify',
      verificationMs,
      () => probePending(issued),
      isDecided,
    );
    if (verified.kind !== 'works') {
      const known = await durable.step('stalled', () => stall(issued, verified.seen));
      if (known) return known;
      throw new WorkflowFailed('stalled', `the new key was never seen working: ${verified.seen}`);
    }
    return durable.step('promote', async () => {
      await recordKeyEvent(issued, 'verified', verified.seen);
      const promotion = await requireSecret(managedSecretOf, issued.credential).promote(issued.versionId);
      await recordKeyEvent(issued, promotion);
      return promotion;
    });
  };

  async function probePending({ credential, versionId }: StoredIssue): Promise<Seen> {
    const pending = await requireSecret(managedSecretOf, credential).read(versionId);
    if (!pending) return { kind: 'unclear', seen: 'the managed secret has no such version' };
    return probe(credential, pending.apiKey);
  }

  /** Records that the key did not work, unless another execution was luckier. */
  async function stall(issued: StoredIssue, seen: string) {
    const rotation = await readIssued(audit, issued);
    if (hasHappened(rotation, 'promoted')) return 'promoted';
    if (hasHappened(rotation, 'superseded')) return 'superseded';
    await recordKeyEvent(issued, 'stalled', seen);
    // With the label, Secrets Manager would take it for a rotation that is not finished.
    await requireSecret(managedSecretOf, issued.credential).discard(issued.versionId);
    return undefined;
  }
}

const isDecided = ([last]: readonly Seen[]) => last?.kind === 'works' || last?.kind === 'another-credential';
