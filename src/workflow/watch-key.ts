import type { RecordKeyEvent } from '../rotation/key-events.ts';
import type { ManagedSecretOf, Probe } from '../rotation/ports.ts';
import { toTimestamp } from '../rotation/timestamp.ts';
import { type Durable, WorkflowFailed } from './durable.ts';
import type { StoredIssue } from './issue-key.ts';
import { probeUntil, type Seen } from './probe-until.ts';
import { requireSecret } from './require-secret.ts';

/** The margin after which the previous key has ended by Adyen's clock too (ms). */
const AFTER_EXPIRY_MS = 10 * 60_000;
/** How long to keep probing while Adyen gives no clear result (ms). */
const PROBE_MS = 60 * 60_000;
/** A key in use is dead after so many unauthorized probes in a row: one could be a hiccup of Adyen. */
const UNAUTHORIZED_IN_A_ROW = 3;

/** Probes the promoted key when the previous one has ended. Throws `WorkflowFailed` if Adyen gives no clear result. */
export type WatchKey = (
  issued: StoredIssue,
  durable: Durable,
) => Promise<'works' | 'superseded' | 'displaced'>;

/** Makes the third part of the workflow: the key in use still works when the previous one is gone. */
export function createWatchKey(deps: {
  managedSecretOf: ManagedSecretOf;
  probe: Probe;
  recordKeyEvent: RecordKeyEvent;
}): WatchKey {
  const { managedSecretOf, probe, recordKeyEvent } = deps;

  return async (issued, durable) => {
    const ended = toTimestamp(Date.parse(issued.previousKeyExpiresAt) + AFTER_EXPIRY_MS);
    await durable.waitUntil('overlap', ended);
    const seen = await probeUntil(durable, 'check', PROBE_MS, () => probeCurrent(issued), isCertain);
    switch (seen.kind) {
      case 'works':
      case 'superseded':
        return seen.kind;
      case 'unclear':
        throw new WorkflowFailed('unclear', `it is unclear whether the key in use works: ${seen.seen}`);
      case 'unauthorized':
      case 'another-credential':
        await durable.step('displaced', () => recordKeyEvent(issued, 'displaced', seen.seen));
        return 'displaced';
    }
  };

  async function probeCurrent({ credential, versionId }: StoredIssue): Promise<Seen> {
    const current = await requireSecret(managedSecretOf, credential).readCurrent();
    if (current?.versionId !== versionId) return { kind: 'superseded', seen: 'another version is current' };
    return probe(credential, current.apiKey);
  }
}

function isCertain(newestFirst: readonly Seen[]): boolean {
  const [last] = newestFirst;
  if (last?.kind === 'unclear') return false;
  if (last?.kind !== 'unauthorized') return true;
  const lastOnes = newestFirst.slice(0, UNAUTHORIZED_IN_A_ROW);
  return lastOnes.length === UNAUTHORIZED_IN_A_ROW && lastOnes.every(({ kind }) => kind === 'unauthorized');
}
