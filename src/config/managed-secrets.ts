import * as v from 'valibot';
import { type ApiCredential, ApiCredentialSchema, credentialPath } from '../rotation/api-credential.ts';
import { CREDENTIAL_PATTERN, isCovered, parseCredentialPattern } from '../rotation/credential-pattern.ts';

const SEGMENTS = ['level', 'accountId', 'apiCredentialId'] as const;
const PLACEHOLDER = /\{(level|accountId|apiCredentialId)\}/;

export const SECRET_TEMPLATE = /^[A-Za-z0-9/_+=.@:{}-]{1,512}$/;

/** A name or an ARN of a secret, with `{level}`, `{accountId}` and `{apiCredentialId}` standing for the credential's. */
const SecretTemplateSchema = v.pipe(
  v.string('must give each pattern the id of a secret'),
  v.regex(SECRET_TEMPLATE, 'must hold names or ARNs of secrets'),
  v.check(
    (template) => !/[{}]/.test(template.replaceAll(new RegExp(PLACEHOLDER, 'g'), '')),
    'may hold {level}, {accountId} and {apiCredentialId} and no other placeholder',
  ),
  // No id contains a slash: with one between them, two placeholders can be told apart again.
  v.check((template) => !/\}[^/]*\{/.test(template), 'must have a slash between two placeholders'),
);

/**
 * `MANAGED_SECRETS`: for patterns of API credentials, the secrets in which their keys are stored. The first pattern
 * that covers an API credential counts. No two API credentials may share a secret: each part of the pattern that
 * has a `*` must be in the secret's id.
 */
export const ManagedSecretsSchema = v.pipe(
  v.unknown(),
  // valibot takes a list for a record of its indices.
  v.check((entries) => !Array.isArray(entries), 'must be an object of patterns and secrets'),
  v.record(
    v.pipe(
      v.string(),
      v.regex(CREDENTIAL_PATTERN, 'must hold patterns like merchants/ACME_*/apiCredentials/*'),
    ),
    SecretTemplateSchema,
    'must be an object of patterns and secrets',
  ),
  v.transform((entries) =>
    Object.entries(entries).map(([text, template]) => ({ pattern: parseCredentialPattern(text), template })),
  ),
  v.check(
    (entries) =>
      entries.every(({ pattern, template }) =>
        SEGMENTS.every(
          (segment) => pattern[segment].literal !== undefined || template.includes(`{${segment}}`),
        ),
      ),
    'must name a secret for each API credential: what is `*` in a pattern must be in the id of its secret',
  ),
  v.check(
    (entries) =>
      // By template, so that thousands of patterns are not compared with each other.
      Map.groupBy(entries, ({ template }) => template)
        .values()
        .every(([first, ...others]) =>
          SEGMENTS.every(
            (segment) =>
              first?.template.includes(`{${segment}}`) ||
              others.every(({ pattern }) => pattern[segment].literal === first?.pattern[segment].literal),
          ),
        ),
    'must not give two API credentials one secret: what differs between two patterns must be in its id',
  ),
);

export type ManagedSecretsConfig = v.InferOutput<typeof ManagedSecretsSchema>;
type Entry = ManagedSecretsConfig[number];

/** Which managed secret belongs to which API credential. */
export type ManagedSecrets = Readonly<{
  /** The name or ARN of the API credential's secret, if it has one of its own. */
  secretIdOf(credential: ApiCredential): string | undefined;
  /** The API credential whose key is in the secret of this name and ARN. */
  credentialOf(name: string, arn: string): ApiCredential | undefined;
}>;

export function createManagedSecrets(config: ManagedSecretsConfig): ManagedSecrets {
  const matchers = new Map<string, Matcher>();

  return {
    secretIdOf(credential) {
      const id = templateFilled(credential);
      // Two patterns may lead to one secret. It belongs to one API credential, and never holds the key of another.
      const owner = id === undefined ? undefined : ownerOf(id);
      return owner && credentialPath(owner) === credentialPath(credential) ? id : undefined;
    },

    credentialOf(name, arn) {
      // AWS adds a hyphen and six characters to the name. Placeholders would read them as part of an id.
      const bareArn = arn.replace(/-[A-Za-z0-9]{6}$/, '');
      const isLiteral = (template: string) => !PLACEHOLDER.test(template);
      return ownerOf(name) ?? ownerOf(bareArn) ?? ownerOf(arn, isLiteral);
    },
  };

  /** The first API credential whose secret has this id. */
  function ownerOf(
    id: string,
    isEligible: (template: string) => boolean = () => true,
  ): ApiCredential | undefined {
    const seen = new Set<string>();
    for (const entry of config) {
      const named = isEligible(entry.template) ? segmentsIn(entry, id) : undefined;
      // Many patterns may share a template, and then lead to one API credential.
      if (!named || seen.has(named.join('/'))) continue;
      seen.add(named.join('/'));
      const [level, accountId, apiCredentialId] = named;
      const credential = v.safeParse(ApiCredentialSchema, { level, accountId, apiCredentialId });
      // An earlier pattern may give this API credential another secret.
      if (credential.success && templateFilled(credential.output) === id) return credential.output;
    }
    return undefined;
  }

  /** The segments of the API credential that a secret's id names by the template of an entry. */
  function segmentsIn({ pattern, template }: Entry, id: string): (string | undefined)[] | undefined {
    const found = matcherOf(template)(id);
    return found && SEGMENTS.map((segment) => found[segment] ?? pattern[segment].literal);
  }

  /** A template is compiled at its first use, and once. */
  function matcherOf(template: string): Matcher {
    const matcher = matchers.get(template) ?? createMatcher(template);
    matchers.set(template, matcher);
    return matcher;
  }

  function templateFilled(credential: ApiCredential): string | undefined {
    const entry = config.find(({ pattern }) => isCovered(credential, [pattern]));
    return (
      entry &&
      SEGMENTS.reduce((id, segment) => id.replaceAll(`{${segment}}`, credential[segment]), entry.template)
    );
  }
}

/** The values of a template's placeholders in an id, or `undefined` if the id does not match the template. */
type Matcher = (id: string) => Record<string, string> | undefined;

function createMatcher(template: string): Matcher {
  if (!PLACEHOLDER.test(template)) return (id) => (id === template ? {} : undefined);
  const [prefix = ''] = template.split('{', 1);
  let pattern: RegExp | undefined;
  return (id) => {
    // Of thousands of templates, few are compiled.
    if (!id.startsWith(prefix)) return undefined;
    pattern ??= compile(template);
    const match = pattern.exec(id);
    return match ? { ...match.groups } : undefined;
  };
}

function compile(template: string): RegExp {
  const seen = new Set<string>();
  const source = template.split(new RegExp(PLACEHOLDER, 'g')).map((part, index) => {
    // Every second part is a placeholder's name.
    if (index % 2 === 0) return RegExp.escape(part);
    if (seen.has(part)) return `\\k<${part}>`;
    seen.add(part);
    return `(?<${part}>[A-Za-z0-9._-]+)`;
  });
  return new RegExp(`^${source.join('')}$`);
}
