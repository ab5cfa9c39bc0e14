import * as v from 'valibot';

/** A configuration profile of AWS AppConfig: names or ids. */
export type Profile = Readonly<{ application: string; environment: string; profile: string }>;

/** What a document of a profile comes to: a value, or what it must be, without a quotation. */
export type Parsed<T> = Readonly<{ value: T } | { faults: string }>;

/** A setting that the environment holds, or one in AppConfig, which may change while the function runs. */
export type Setting<T> = Readonly<{ value: T } | { profile: Profile; parse(document: string): Parsed<T> }>;

const PREFIX = 'appconfig:';
/** Names have at most 64 characters (AppConfig's CreateApplication, CreateEnvironment), or 128 (a profile). */
const REFERENCE = /^appconfig:([^/]{1,64})\/([^/]{1,64})\/([^/]{1,128})$/;

/** A setting that is JSON by the given schema, or `appconfig:` and the profile that holds such JSON. */
export function settingOf<T>(schema: v.GenericSchema<unknown, T>) {
  const document = v.pipe(v.string(), v.parseJson(undefined, 'must be JSON'), schema);
  const inEnvironment = v.pipe(
    document,
    v.transform((value): Setting<T> => ({ value })),
  );
  const inAppConfig = v.pipe(
    v.string(),
    v.regex(REFERENCE, 'must be appconfig:<application>/<environment>/<profile>'),
    v.transform((reference): Setting<T> => {
      const [, application = '', environment = '', profile = ''] = REFERENCE.exec(reference) ?? [];
      return { profile: { application, environment, profile }, parse };
    }),
  );
  return v.lazy((input) =>
    typeof input === 'string' && input.startsWith(PREFIX) ? inAppConfig : inEnvironment,
  );

  function parse(text: string): Parsed<T> {
    const parsed = v.safeParse(document, text);
    if (parsed.success) return { value: parsed.output };
    return { faults: [...new Set(parsed.issues.map(({ message }) => message))].join('; ') };
  }
}

/** The same setting as something that is made from its value. */
export function mapSetting<T, U>(setting: Setting<T>, make: (value: T) => U): Setting<U> {
  if ('value' in setting) return { value: make(setting.value) };
  const parse = (document: string): Parsed<U> => {
    const parsed = setting.parse(document);
    return 'value' in parsed ? { value: make(parsed.value) } : parsed;
  };
  return { profile: setting.profile, parse };
}
