import { constantSetting, createLiveSetting, type LiveSetting } from '../config/live-setting.ts';
import type { Setting } from '../config/setting.ts';
import type { Clock, Log, Metrics } from '../rotation/ports.ts';
import { awsClientOptions } from './aws-client-options.ts';

/**
 * Makes a setting live, wherever it is held. The client of AppConfig is loaded at the first read, and not at all if the
 * environment holds the setting.
 */
export function wireSetting<T>(
  name: string,
  setting: Setting<T>,
  { log, metrics, now }: Readonly<{ log: Log; metrics: Metrics; now: Clock }>,
): LiveSetting<T> {
  if ('value' in setting) return constantSetting(setting.value);
  const { profile, parse } = setting;
  let reader: Promise<() => Promise<Uint8Array>> | undefined;
  const read = async () => {
    reader ??= import('../app-config/read-document.ts').then(({ createReadDocument }) =>
      createReadDocument(profile, awsClientOptions),
    );
    return (await reader)();
  };
  return createLiveSetting({ name, read, parse, now, log, metrics });
}
