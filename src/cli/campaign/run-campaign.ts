import pMap from 'p-map';
import type { ApiCredential } from '../../rotation/api-credential.ts';
import { DEFAULT_RETRY_AFTER_S } from '../../rotation/failure-codes.ts';
import type { AuditLog } from '../../rotation/ports.ts';
import type { Rotation } from '../../rotation/rotation.ts';
import type { Candidate } from './find-credentials.ts';
import { patiently, pauseFor } from './patiently.ts';
import { isFinal, type Standing, standingOf } from './state.ts';

/** After so many failures that time does not fix, no more events are raised: most likely all have one cause. */
const MOST_FAILURES = 10;
/** How long an event may have no rotation (ms), if no other rotation is in its way. */
const START_MS = 120_000;
/** The pauses between two reads of one API credential's rotation (ms). They grow. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;
const PAUSE_GROWTH = 1.5;
const READS_AT_ONCE = 10;
/** How often to look which API credentials are to be read (ms). */
const TICK_MS = 200;

type Entry = {
  credential: ApiCredential;
  standing: Standing;
  raisedAt: number;
  readAt: number;
  pauseMs: number;
  /** The throttled rotation that has slowed the campaign already. */
  throttledBy?: string;
};

export type CampaignResult = readonly Readonly<{ credential: ApiCredential; standing: Standing }>[];

/**
 * Raises one event for each API credential, at a bounded rate, and follows the rotations until none of them can change any
 * more. While Adyen throttles, no event is raised. What an earlier run of the campaign has begun is followed, and not
 * raised again. An abort ends it where it is.
 *
 * @param rate events a second
 */
export async function runCampaign(campaign: {
  candidates: readonly Candidate[];
  /** The hash of the campaign's idempotency key. */
  hash: string;
  rate: number;
  audit: Pick<AuditLog, 'newest' | 'findByIdempotencyHash'>;
  raise: (credential: ApiCredential) => Promise<void>;
  onChange: (result: CampaignResult) => void;
  signal: AbortSignal;
}): Promise<CampaignResult> {
  const { candidates, hash, rate, audit, raise, onChange } = campaign;
  const failed = new AbortController();
  const signal = AbortSignal.any([campaign.signal, failed.signal]);
  const entries = candidates.map(({ credential, earlier }): Entry => {
    const standing: Standing = earlier ? standingOf(earlier, Date.now()) : { state: 'waiting' };
    return { credential, standing, raisedAt: 0, readAt: 0, pauseMs: FIRST_PAUSE_MS };
  });
  let throttledUntil = 0;
  let isRaising = true;

  onChange(entries);
  // If one of the two fails, the other ends too.
  const ending = (error: unknown) => {
    failed.abort();
    throw error;
  };
  await Promise.all([raiseAll().catch(ending), followAll().catch(ending)]);
  onChange(entries);
  return entries;

  async function raiseAll(): Promise<void> {
    for (const entry of entries.filter(({ standing }) => standing.state === 'waiting')) {
      while (throttledUntil > Date.now() && !signal.aborted) {
        await pauseFor(throttledUntil - Date.now(), signal);
      }
      if (signal.aborted || hasFailedOften()) break;
      await patiently(signal, () => raise(entry.credential));
      entry.standing = { state: 'raised' };
      entry.raisedAt = Date.now();
      entry.readAt = Date.now() + FIRST_PAUSE_MS;
      onChange(entries);
      await pauseFor(1000 / rate, signal);
    }
    isRaising = false;
  }

  async function followAll(): Promise<void> {
    while (!signal.aborted) {
      const open = entries.filter(({ standing }) => standing.state !== 'waiting' && !isFinal(standing));
      if (open.length === 0 && !isRaising) return;
      const due = open.filter(({ readAt }) => readAt <= Date.now());
      await pMap(due, look, { concurrency: READS_AT_ONCE });
      if (due.length > 0) onChange(entries);
      await pauseFor(TICK_MS, signal);
    }
  }

  async function look(entry: Entry): Promise<void> {
    if (signal.aborted) return;
    const { credential } = entry;
    const rotation = await patiently(signal, () => audit.findByIdempotencyHash(credential, hash));
    const standing = rotation ? standingOf(rotation, Date.now()) : await notBegun(entry);
    if (rotation) slowDownFor(rotation, entry);
    entry.pauseMs =
      standing.state === entry.standing.state
        ? Math.min(entry.pauseMs * PAUSE_GROWTH, LONGEST_PAUSE_MS)
        : FIRST_PAUSE_MS;
    entry.standing = standing;
    entry.readAt = Date.now() + entry.pauseMs;
  }

  /** An event without a rotation waits for something that time ends, or was refused. */
  async function notBegun({ credential, raisedAt }: Entry): Promise<Standing> {
    if (Date.now() < raisedAt + START_MS) return { state: 'raised' };
    const newest = await patiently(signal, () => audit.newest(credential));
    if (newest?.status === 'started' || newest?.status === 'unknown') return { state: 'raised' };
    return { state: 'not started', detail: 'see the log of the workflow and the dead-letter queue' };
  }

  /** Its clock is ours: that of the record may differ. */
  function slowDownFor(rotation: Rotation, entry: Entry): void {
    if (rotation.status !== 'failed' || rotation.code !== 'upstream-throttled') return;
    if (entry.throttledBy === rotation.id) return;
    entry.throttledBy = rotation.id;
    const { retryAfter = DEFAULT_RETRY_AFTER_S } = rotation;
    throttledUntil = Math.max(throttledUntil, Date.now() + retryAfter * 1000);
  }

  function hasFailedOften(): boolean {
    const failures = entries.filter(({ standing }) => ['failed', 'not started'].includes(standing.state));
    return failures.length >= MOST_FAILURES;
  }
}
