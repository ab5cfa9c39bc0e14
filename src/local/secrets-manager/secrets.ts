import { alreadyExists, invalidParameter, invalidRequest, notFound } from './secrets-manager-error.ts';

/** A version of a secret. It has no value until a rotation stores one. */
export type Version = { readonly id: string; value?: string; readonly createdAt: number };

export type LocalSecret = {
  readonly arn: string;
  readonly name: string;
  readonly createdAt: number;
  readonly versions: Map<string, Version>;
  /** The version that each staging label is attached to: label → version id. */
  readonly labels: Map<string, string>;
  rotation: { enabled: boolean; lambdaArn?: string; rules?: unknown; lastRotated?: number };
};

export type Secrets = Readonly<{
  has(id: string): boolean;
  /** All secrets, oldest first. */
  list(): LocalSecret[];
  create(name: string): LocalSecret;
  /** The secret with this name or ARN. Throws `ResourceNotFoundException`. */
  find(id: string): LocalSecret;
  /** The version with this id or label; by default the current one. Throws an error if it has no value. */
  read(secret: LocalSecret, which: { versionId?: string; stage?: string }): Version & { value: string };
  /**
   * Adds a version and moves the labels to it. Does nothing if the version exists with the same value. The first version
   * of a secret also becomes current, if it has a value.
   */
  put(secret: LocalSecret, version: { id: string; value?: string; stages: readonly string[] }): void;
  /** Moves a label between versions. Without `to`, removes it. If a version has the label, `from` must name that version. */
  move(secret: LocalSecret, stage: string, from: string | undefined, to: string | undefined): void;
  /** The labels of a version. */
  stagesOf(secret: LocalSecret, versionId: string): string[];
}>;

/** The secrets, versions and staging labels of a Secrets Manager in memory. They behave as on AWS. */
export function createSecrets(now: () => number): Secrets {
  const secrets = new Map<string, LocalSecret>();

  return {
    has: (id) => secrets.has(id),

    // Each is there by its name and by its ARN.
    list: () => [...new Set(secrets.values())],

    create(name) {
      if (secrets.has(name)) {
        throw alreadyExists(`The operation failed because the secret ${name} already exists.`);
      }
      const arn = `arn:aws:secretsmanager:eu-west-1:000000000000:secret:${name}-local0`;
      const secret: LocalSecret = {
        arn,
        name,
        createdAt: now(),
        versions: new Map(),
        labels: new Map(),
        rotation: { enabled: false },
      };
      secrets.set(name, secret).set(arn, secret);
      return secret;
    },

    find(id) {
      const secret = secrets.get(id);
      if (!secret) throw notFound();
      return secret;
    },

    read(secret, { versionId, stage }) {
      const staged = secret.labels.get(stage ?? 'AWSCURRENT');
      const isKnown = versionId !== undefined && secret.versions.has(versionId);
      if (isKnown && stage !== undefined && staged !== versionId) {
        throw invalidRequest('You provided a VersionStage that is not associated to the provided VersionId.');
      }
      const id = versionId ?? staged;
      const version = id === undefined ? undefined : secret.versions.get(id);
      if (version?.value === undefined) {
        throw notFound(
          `secret value for ${versionId ? `VersionId: ${versionId}` : `staging label: ${stage ?? 'AWSCURRENT'}`}`,
        );
      }
      return { ...version, value: version.value };
    },

    put(secret, { id, value, stages }) {
      const known = secret.versions.get(id);
      if (known?.value !== undefined && value !== known.value) {
        throw alreadyExists(`You can't modify an existing version: ${id}.`);
      }
      if (known?.value === undefined) {
        const isFirst = secret.versions.size === 0 && value !== undefined;
        secret.versions.set(id, { id, createdAt: now(), ...(value !== undefined && { value }) });
        for (const stage of isFirst ? ['AWSCURRENT', ...stages] : stages) attach(secret, stage, id);
      }
    },

    move(secret, stage, from, to) {
      const holder = secret.labels.get(stage);
      if (from !== undefined && from !== holder) {
        throw invalidParameter(`The staging label ${stage} is not attached to version ${from}.`);
      }
      if (to === undefined) return detach(secret, stage, from);
      if (!secret.versions.has(to)) throw notFound(`version ${to}`);
      if (holder !== undefined && holder !== to && from === undefined) {
        throw invalidParameter(
          `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
        );
      }
      attach(secret, stage, to);
    },

    stagesOf: (secret, versionId) =>
      [...secret.labels].filter(([, holder]) => holder === versionId).map(([stage]) => stage),
  };
}

/** Attaches a label. The version that was current gets `AWSPREVIOUS`. */
function attach(secret: LocalSecret, stage: string, versionId: string): void {
  const holder = secret.labels.get(stage);
  secret.labels.set(stage, versionId);
  if (stage === 'AWSCURRENT' && holder !== undefined && holder !== versionId) {
    secret.labels.set('AWSPREVIOUS', holder);
  }
}

function detach(secret: LocalSecret, stage: string, from: string | undefined): void {
  if (from === undefined) {
    throw invalidParameter('You must name a version in RemoveFromVersionId or MoveToVersionId.');
  }
  if (stage === 'AWSCURRENT') {
    throw invalidParameter(
      "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
    );
  }
  secret.labels.delete(stage);
}
