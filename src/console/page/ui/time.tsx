const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time in two units at most: `3 h 12 min`, `41 d`. */
export function duration(ms: number): string {
  const length = Math.abs(ms);
  if (length < SECOND) return `${Math.round(length)} ms`;
  if (length < MINUTE) return `${Math.floor(length / SECOND)} s`;
  if (length < HOUR) return `${Math.floor(length / MINUTE)} min`;
  if (length < 10 * HOUR) {
    const minutes = Math.floor((length % HOUR) / MINUTE);
    return `${Math.floor(length / HOUR)} h${minutes ? ` ${minutes} min` : ''}`;
  }
  if (length < 2 * DAY) return `${Math.floor(length / HOUR)} h`;
  return `${Math.floor(length / DAY).toLocaleString('en')} d`;
}

/** `in 3 h`, `3 h ago`. */
export function relative(at: number, now: number): string {
  if (Math.abs(at - now) < SECOND) return 'now';
  return at > now ? `in ${duration(at - now)}` : `${duration(at - now)} ago`;
}

/** `2026-11-25 14:02:07 UTC`: as the log has it. */
export function absolute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** A time, relative to now; its tooltip has the time itself. */
export function RelativeTime({ at, now }: { at: string; now: number }) {
  const time = Date.parse(at);
  return (
    <time dateTime={at} title={absolute(time)}>
      {relative(time, now)}
    </time>
  );
}

/** A time with its distance from now beside it. */
export function FullTime({ at, now }: { at: string; now: number }) {
  const time = Date.parse(at);
  return (
    <time dateTime={at}>
      {absolute(time)} <span class="quiet">{relative(time, now)}</span>
    </time>
  );
}
