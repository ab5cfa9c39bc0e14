import type { Clock, Log, Metrics } from '../rotation/ports.ts';
import { Unavailable } from '../rotation/unavailable.ts';
import type { Parsed } from './setting.ts';

/** How old a setting may be when an invocation begins (ms). A changed one is in use everywhere within a minute. */
const REFRESH_AFTER_MS = 30_000;

/** A setting as it is now. */
export type LiveSetting<T> = Readonly<{
  /** The last good one. Throws {@link Unavailable} if there was none yet: then nothing is granted. */
  current(): T;
  /** Reads it again if it is older than 30 s. It never rejects: what could not be read is logged and counted. */
  refresh(): Promise<void>;
}>;

/** A setting that stays as it is. */
export function constantSetting<T>(value: T): LiveSetting<T> {
  return { current: () => value, refresh: async () => {} };
}

/**
 * A setting that is read again and again. A document that cannot be read, or is not valid, leaves the last good one in
 * use; it is tried again after 30 s, and at once as long as there is no good one.
 *
 * @param name of the setting
 * @param read gets the document: the same object, as long as it is unchanged. Rejects if that fails
 */
export function createLiveSetting<T>(deps: {
  name: string;
  read: () => Promise<Uint8Array>;
  parse: (document: string) => Parsed<T>;
  now: Clock;
  log: Pick<Log, 'info' | 'error'>;
  metrics: Pick<Metrics, 'countBadSetting'>;
}): LiveSetting<T> {
  const { name, read, parse, now, log, metrics } = deps;
  let good: Readonly<{ value: T }> | undefined;
  let last: Readonly<{ document: Uint8Array; parsed: Parsed<T> }> | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  return {
    current() {
      if (good) return good.value;
      throw new Unavailable('settings-unavailable', `there is no valid ${name} yet`);
    },
    refresh() {
      if (good && now() - readAt < REFRESH_AFTER_MS) return Promise.resolve();
      reading ??= readAgain().finally(() => {
        reading = undefined;
      });
      return reading;
    },
  };

  async function readAgain(): Promise<void> {
    readAt = now();
    let faults: string;
    try {
      const document = await read();
      if (document !== last?.document) {
        last = { document, parsed: parse(new TextDecoder().decode(document)) };
        if ('value' in last.parsed) log.info('A setting was read', { setting: name, bytes: document.length });
      }
      if ('value' in last.parsed) {
        good = last.parsed;
        return;
      }
      faults = last.parsed.faults;
    } catch (error) {
      faults = error instanceof Error ? error.message : 'it cannot be read';
    }
    log.error('A setting cannot be used', { setting: name, faults, keepsLast: good !== undefined });
    metrics.countBadSetting();
  }
}
