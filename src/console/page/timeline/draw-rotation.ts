import type { RotationDetail } from '../../../http/history/rotation-detail.ts';
import { duration, relative } from '../ui/time.tsx';
import { combine, type Drawing, NOTHING, OPEN_END, timeOf } from './drawing.ts';

type Succeeded = Extract<RotationDetail, { status: 'succeeded' }>;
type Ended = Extract<RotationDetail, { status: 'failed' | 'unknown' }>;

/**
 * The time line of one rotation.
 *
 * @param endsAt when a later rotation ended its key, if one did (ms)
 */
export function drawRotation(rotation: RotationDetail, now: number, endsAt?: number): Drawing {
  if (rotation.status === 'started') return { ...NOTHING, words: ['the rotation runs'] };
  if (rotation.status !== 'succeeded') return withoutKey(rotation);
  const usable = timeOf(rotation.usableFrom);
  if (usable === undefined) return { ...NOTHING, words: ['Adyen gave no key'] };
  return combine(
    issue(rotation, usable, now),
    life(rotation, usable, now, endsAt),
    previousKey(rotation, now),
  );
}

function withoutKey({ status, requestedAt, quarantinedUntil }: Ended): Drawing {
  const from = Date.parse(requestedAt);
  const to = timeOf(quarantinedUntil);
  return {
    spans: to === undefined ? [] : [{ kind: 'quarantine', lane: 'other', from, to }],
    marks: [{ kind: status, lane: 'other', at: from }],
    words: [
      status === 'failed' ? 'no key was made' : 'Adyen may have made a key that Keyturn did not receive',
      ...(to === undefined ? [] : [`quarantine of ${duration(to - from)}`]),
    ],
  };
}

function issue({ completedAt }: Succeeded, usable: number, now: number): Drawing {
  const issued = Date.parse(completedAt);
  return {
    spans: [{ kind: 'propagating', lane: 'key', from: issued, to: usable }],
    marks: [{ kind: 'issued', lane: 'key', at: issued }],
    words: [`a key was issued ${relative(issued, now)}`, `usable after ${duration(usable - issued)}`],
  };
}

/** From the time at which the key can be used. Without a managed secret, it is in use from then on. */
function life(rotation: Succeeded, usable: number, now: number, endsAt: number | undefined): Drawing {
  const at = (event: string) => timeOf(rotation.timeline.findLast((entry) => entry.event === event)?.at);
  const isManaged = rotation.secret !== undefined && 'arn' in rotation.secret;
  const promoted = at('promoted') ?? (isManaged ? undefined : usable);
  const stalled = at('stalled');
  const dead = at('displaced');
  const end = dead ?? at('superseded') ?? at('rolled-back') ?? endsAt;
  const wait: Drawing = {
    spans: [
      {
        kind: stalled === undefined ? 'waiting' : 'stalled',
        lane: 'key',
        from: usable,
        to: promoted ?? end ?? now,
      },
    ],
    marks: stalled === undefined ? [] : [{ kind: 'stalled', lane: 'key', at: stalled }],
    words: stalled === undefined ? [] : ['it was not seen working in time'],
  };
  const use = promoted === undefined ? NOTHING : useFrom(promoted, isManaged && promoted - usable, dead, end);
  return combine(wait, use, ending(dead, end, now));
}

/** @param waited between the first possible use and the promotion (ms), if there was one */
function useFrom(from: number, waited: number | false, dead: number | undefined, end = OPEN_END): Drawing {
  return {
    spans: [{ kind: dead === undefined ? 'in-use' : 'dead', lane: 'key', from, to: end }],
    marks: waited === false ? [] : [{ kind: 'promoted', lane: 'key', at: from }],
    words: waited === false ? [] : [`promoted ${duration(waited)} later`],
  };
}

function ending(dead: number | undefined, end: number | undefined, now: number): Drawing {
  if (dead !== undefined) {
    const words = [`found dead ${relative(dead, now)}`];
    return { spans: [], marks: [{ kind: 'dead', lane: 'key', at: dead }], words };
  }
  if (end === undefined) return NOTHING;
  const words = [`it ${end > now ? 'ends' : 'ended'} ${relative(end, now)}`];
  return { spans: [], marks: [{ kind: 'ends', lane: 'key', at: end }], words };
}

function previousKey({ completedAt, previousKeyExpiresAt }: Succeeded, now: number): Drawing {
  const end = timeOf(previousKeyExpiresAt);
  if (end === undefined) return NOTHING;
  return {
    spans: [{ kind: 'overlap', lane: 'other', from: Date.parse(completedAt), to: end }],
    marks: [{ kind: 'ends', lane: 'other', at: end }],
    words: [`the previous key ${end > now ? 'ends' : 'ended'} ${relative(end, now)}`],
  };
}
