import { isDead } from '../rotation/dead-key.ts';
import type { RecordKeyEvent } from '../rotation/key-events.ts';
import type { Clock, ProbeResult } from '../rotation/ports.ts';
import { toTimestamp } from '../rotation/timestamp.ts';
import { type Durable, WorkflowFailed } from './durable.ts';
import { type IssueKey, ownRequest, type StoredIssue } from './issue-key.ts';
import { FIRST_PAUSE_MS, type Looks, longerPause } from './look.ts';
import { replaceBefore } from './promote-key.ts';

/** The margin after which the previous key has ended by Adyen's clock too (ms). */
const AFTER_EXPIRY_MS = 10 * 60_000;
/** How often to probe while Adyen gives no clear answer: about a day. */
const MAX_PROBES = 300;

export type WatchResult =
  | Readonly<{ kind: 'works' | 'superseded' }>
  /** `at`: when it was seen dead (RFC 3339). Absent from the checkpoints of earlier versions. */
  | Readonly<{ kind: 'displaced'; at?: string | undefined }>
  /** An earlier call may end the key: this one replaces it in time. */
  | Readonly<{ kind: 'renewed'; issued: StoredIssue }>;

/** Watches the key in use until the previous one has ended. Throws `WorkflowFailed` if Adyen gives no clear answer. */
export type WatchKey = (issued: StoredIssue, durable: Durable) => Promise<WatchResult>;

/** Makes the third part of the workflow: the key in use still works when the previous one is gone. */
export function createWatchKey(deps: {
  looks: Looks;
  issueKey: IssueKey;
  recordKeyEvent: RecordKeyEvent;
  now: Clock;
}): WatchKey {
  const { looks, issueKey, recordKeyEvent, now } = deps;

  return async (issued, durable) => {
    const { rotationId } = issued;
    // An earlier, unanswered call may end this key.
    if (issued.mayEndAt !== undefined) {
      await durable.waitUntil(`renewal ${rotationId}`, replaceBefore(issued.mayEndAt));
      const seen = await durable.step(`renew ${rotationId}`, () => probeCurrent(issued));
      if (seen.kind === 'superseded') return { kind: 'superseded' };
      return renew(issued, durable);
    }
    const ended = toTimestamp(Date.parse(issued.previousKeyExpiresAt) + AFTER_EXPIRY_MS);
    await durable.waitUntil(`overlap ${rotationId}`, ended);
    const seen = await probeUntilCertain(issued, durable);
    if (seen.kind === 'superseded' || seen.kind === 'works') return { kind: seen.kind };
    const at = await durable.step(`displaced ${rotationId}`, async () => {
      await recordKeyEvent(issued, 'displaced', seen.seen);
      return toTimestamp(now());
    });
    return { kind: 'displaced', at };
  };

  async function renew({ credential, rotationId }: StoredIssue, durable: Durable): Promise<WatchResult> {
    const reason = `a late call may end the key of rotation ${rotationId}`;
    const renewed = await issueKey(ownRequest(`renew-${rotationId}`, credential, reason), durable);
    return renewed.kind === 'duplicate'
      ? { kind: 'superseded' }
      : { kind: 'renewed', issued: renewed.issued };
  }

  async function probeUntilCertain(issued: StoredIssue, durable: Durable) {
    const newestFirst: Awaited<ReturnType<typeof probeCurrent>>[] = [];
    let pause = FIRST_PAUSE_MS;
    for (let turn = 1; turn <= MAX_PROBES; turn += 1) {
      const seen = await durable.step(`check ${turn} ${issued.rotationId}`, () => probeCurrent(issued));
      newestFirst.unshift(seen);
      if (seen.kind === 'works' || seen.kind === 'superseded' || isDead(newestFirst)) return seen;
      await durable.wait(`check again ${turn} ${issued.rotationId}`, pause);
      pause = seen.kind === 'unauthorized' ? FIRST_PAUSE_MS : longerPause(pause);
    }
    throw new WorkflowFailed('unclear', 'it is unclear whether the key in use works');
  }

  async function probeCurrent({
    credential,
    versionId,
  }: StoredIssue): Promise<ProbeResult | Readonly<{ kind: 'superseded'; seen: string }>> {
    const { current, result } = await looks.atCurrent(credential);
    return current?.versionId === versionId
      ? result
      : { kind: 'superseded', seen: 'another version is current' };
  }
}
