import type { KeyStateSummary } from '../../../rotation/key-state-schema.ts';
import { relative } from '../ui/time.tsx';
import { combine, type Drawing, type Mark, NOTHING, OPEN_END, type Span, timeOf } from './drawing.ts';

/** The time line of an API credential's keys. */
export function drawKey(key: KeyStateSummary, now: number): Drawing {
  return combine(
    keyInUse(key, now),
    key.pendingKey ? pendingKey(key.pendingKey, key.state === 'stalled', now) : previousKey(key, now),
    quarantine(key, now),
    lastRotation(key),
    due(key, now),
  );
}

function keyInUse({ state, keyInUse: key, ...rest }: KeyStateSummary, now: number): Drawing {
  if (!key) return NOTHING;
  const issued = timeOf(key.issuedAt);
  const start = timeOf(key.since) ?? timeOf(key.usableFrom) ?? issued ?? Number.MIN_SAFE_INTEGER;
  const before =
    issued === undefined ? notMadeByKeyturn : untilInUse(issued, timeOf(key.usableFrom) ?? start, start, now);
  if (state === 'dead') {
    return combine(before, {
      spans: [{ kind: 'dead', lane: 'key', from: start, to: now }],
      marks: [{ kind: 'dead', lane: 'key', at: now }],
      words: ['it no longer works'],
    });
  }
  const end = timeOf(key.endsAt ?? (rest.pendingKey && rest.previousKeyExpiresAt));
  return combine(before, {
    spans: [{ kind: 'in-use', lane: 'key', from: start, to: end ?? OPEN_END }],
    marks: end === undefined ? [] : [{ kind: 'ends', lane: 'key', at: end }],
    words: end === undefined ? [] : [`it ends ${relative(end, now)}`],
  });
}

const notMadeByKeyturn: Drawing = { ...NOTHING, words: ['Keyturn has not made the key in use'] };

function untilInUse(issued: number, usable: number, start: number, now: number): Drawing {
  const spans: Span[] = [
    { kind: 'propagating', lane: 'key', from: issued, to: Math.min(usable, start) },
    { kind: 'waiting', lane: 'key', from: usable, to: start },
  ];
  const promoted: Mark[] = start === usable ? [] : [{ kind: 'promoted', lane: 'key', at: start }];
  return {
    spans,
    marks: [{ kind: 'issued', lane: 'key', at: issued }, ...promoted],
    words: [`the key in use was issued ${relative(issued, now)}`],
  };
}

function pendingKey(
  { issuedAt, usableFrom }: NonNullable<KeyStateSummary['pendingKey']>,
  isStalled: boolean,
  now: number,
): Drawing {
  const issued = Date.parse(issuedAt);
  const usable = Date.parse(usableFrom);
  const to = Math.max(now, usable);
  return {
    spans: [
      { kind: 'propagating', lane: 'other', from: issued, to: usable },
      { kind: isStalled ? 'stalled' : 'waiting', lane: 'other', from: usable, to },
    ],
    marks: [
      { kind: 'issued', lane: 'other', at: issued },
      ...(isStalled ? [{ kind: 'stalled', lane: 'other', at: to } as const] : []),
    ],
    words: [
      `a new key was issued ${relative(issued, now)}, usable ${relative(usable, now)}`,
      ...(isStalled ? ['it has not been seen working'] : []),
    ],
  };
}

function previousKey({ previousKeyExpiresAt, keyInUse: key }: KeyStateSummary, now: number): Drawing {
  const end = timeOf(previousKeyExpiresAt);
  const from = timeOf(key?.issuedAt);
  if (end === undefined || from === undefined) return NOTHING;
  return {
    spans: [{ kind: 'overlap', lane: 'other', from, to: end }],
    marks: [{ kind: 'ends', lane: 'other', at: end }],
    words: [`the previous key ${end > now ? 'ends' : 'ended'} ${relative(end, now)}`],
  };
}

function quarantine({ quarantine: found, lastRotation: last }: KeyStateSummary, now: number): Drawing {
  if (!found) return NOTHING;
  const to = Date.parse(found.until);
  return {
    spans: [{ kind: 'quarantine', lane: 'other', from: timeOf(last?.requestedAt) ?? now, to }],
    marks: [],
    words: [`no rotation may start before the quarantine ends ${relative(to, now)}`],
  };
}

function lastRotation({ lastRotation: last }: KeyStateSummary): Drawing {
  if (last?.status !== 'unknown' && last?.status !== 'failed') return NOTHING;
  return {
    spans: [],
    marks: [{ kind: last.status, lane: 'other', at: Date.parse(last.requestedAt) }],
    words: [`the last rotation ${last.status === 'failed' ? 'failed' : 'has an unknown outcome'}`],
  };
}

function due({ dueAt }: KeyStateSummary, now: number): Drawing {
  const at = timeOf(dueAt);
  if (at === undefined) return NOTHING;
  return { spans: [], marks: [{ kind: 'due', lane: 'key', at }], words: [`due ${relative(at, now)}`] };
}
