import { invalidParameter, invalidRequest, notFound, Refusal } from './refusal.ts';

/** A version without a value is one that a rotation is to fill. */
export type Version = { readonly id: string; value?: string; readonly createdAt: number };

export type LocalSecret = {
  readonly arn: string;
  readonly name: string;
  readonly versions: Map<string, Version>;
  /** Which version has a staging label. */
  readonly labels: Map<string, string>;
  rotation: { enabled: boolean; lambdaArn?: string; rules?: unknown; lastRotated?: number };
};

export type Secrets = Readonly<{
  has(id: string): boolean;
  create(name: string): LocalSecret;
  /** By name or ARN. Throws `ResourceNotFoundException`. */
  find(id: string): LocalSecret;
  /** Throws where there is no such version, or no value in it. */
  read(secret: LocalSecret, which: { versionId?: string; stage?: string }): Version & { value: string };
  /**
   * The same version with the same value twice is one. Labels move from wherever they are; the first version with
   * a value in a secret without versions is current whatever its labels.
   */
  put(secret: LocalSecret, version: { id: string; value?: string; stages: readonly string[] }): void;
  /** Moves, attaches or takes off a label. Throws unless `from` is the version that has it, if another one does. */
  move(secret: LocalSecret, stage: string, from: string | undefined, to: string | undefined): void;
  stagesOf(secret: LocalSecret, versionId: string): string[];
}>;

/** Secrets, versions and staging labels as AWS Secrets Manager has them, in memory. */
export function createSecrets(now: () => number): Secrets {
  const secrets = new Map<string, LocalSecret>();

  const label = (secret: LocalSecret, stage: string, versionId: string) => {
    const before = secret.labels.get(stage);
    secret.labels.set(stage, versionId);
    if (stage === 'AWSCURRENT' && before !== undefined && before !== versionId) {
      secret.labels.set('AWSPREVIOUS', before);
    }
  };

  return {
    has: (id) => secrets.has(id),

    create(name) {
      if (secrets.has(name)) {
        throw new Refusal(
          'ResourceExistsException',
          `The operation failed because the secret ${name} already exists.`,
        );
      }
      const arn = `arn:aws:secretsmanager:eu-west-1:000000000000:secret:${name}-local0`;
      const secret: LocalSecret = {
        arn,
        name,
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
        throw new Refusal('ResourceExistsException', `You can't modify an existing version: ${id}.`);
      }
      if (known?.value === undefined) {
        const isFirst = secret.versions.size === 0 && value !== undefined;
        secret.versions.set(id, { id, createdAt: now(), ...(value !== undefined && { value }) });
        for (const stage of isFirst ? ['AWSCURRENT', ...stages] : stages) label(secret, stage, id);
      }
    },

    move(secret, stage, from, to) {
      const holder = secret.labels.get(stage);
      if (from !== undefined && from !== holder) {
        throw invalidParameter(`The staging label ${stage} is not attached to version ${from}.`);
      }
      if (to === undefined) return takeOff(secret, stage, from);
      if (!secret.versions.has(to)) throw notFound(`version ${to}`);
      if (holder !== undefined && holder !== to && from === undefined) {
        throw invalidParameter(
          `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
        );
      }
      label(secret, stage, to);
    },

    stagesOf: (secret, versionId) =>
      [...secret.labels].filter(([, holder]) => holder === versionId).map(([stage]) => stage),
  };
}

function takeOff(secret: LocalSecret, stage: string, from: string | undefined): void {
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
