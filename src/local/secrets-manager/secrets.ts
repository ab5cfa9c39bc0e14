import { createSecretState, type SecretState, type SecretView, type Version } from './secret-state.ts';
import {
  alreadyExists,
  invalidParameter,
  invalidRequest,
  limitExceeded,
  notFound,
} from './secrets-manager-error.ts';

/** How many staging labels the versions of one secret may have together (AWS's quotas). */
const MAX_LABELS = 20;
/** So many versions without a label are kept however old they are, and each for so long (ms) (AWS's quotas). */
const KEPT_VERSIONS = 100;
const KEPT_MS = 24 * 60 * 60 * 1000;

/**
 * When `AWSPENDING` leaves a version that has become current. The sources differ: with the call that moves `AWSCURRENT`
 * (user guide, "Lambda rotation functions"); after the rotation, by Secrets Manager itself (its maintainers in
 * aws-secrets-manager-rotation-lambdas, pull request 145); never (issue 168 there). The API reference of `RotateSecret`
 * allows that the label stays there.
 */
export type PendingLeaves = 'with-current' | 'after-rotation' | 'never';

export type LocalSecret = {
  readonly arn: string;
  readonly name: string;
  readonly createdAt: number;
  readonly state: SecretState;
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
  read(view: SecretView, which: { versionId?: string; stage?: string }): Version & { value: string };
  /**
   * Adds a version and moves the labels to it. Does nothing if the version exists with the same value. The first version
   * of a secret also becomes current, if it has a value.
   */
  put(secret: LocalSecret, version: { id: string; value?: string; stages: readonly string[] }): void;
  /** Moves a label between versions. Without `to`, removes it. If a version has the label, `from` must name that version. */
  move(secret: LocalSecret, stage: string, from: string | undefined, to: string | undefined): void;
  /** Takes `AWSPENDING` off a version, and removes the version if it has no value. */
  abandon(secret: LocalSecret, versionId: string): void;
}>;

/** The secrets, versions and staging labels of a Secrets Manager in memory. They behave as on AWS. */
export function createSecrets(now: () => number, pendingLeaves: PendingLeaves): Secrets {
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
        state: createSecretState(now),
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

    read({ versions, labels }, { versionId, stage }) {
      const staged = labels.get(stage ?? 'AWSCURRENT');
      const isKnown = versionId !== undefined && versions.has(versionId);
      if (isKnown && stage !== undefined && staged !== versionId) {
        throw invalidRequest('You provided a VersionStage that is not associated to the provided VersionId.');
      }
      const id = versionId ?? staged;
      const version = id === undefined ? undefined : versions.get(id);
      if (version?.value === undefined) {
        throw notFound(
          `secret value for ${versionId ? `VersionId: ${versionId}` : `staging label: ${stage ?? 'AWSCURRENT'}`}`,
        );
      }
      return { ...version, value: version.value };
    },

    put({ state }, { id, value, stages }) {
      const { versions, labels } = state.latest();
      const known = versions.get(id);
      if (known?.value !== undefined && value !== known.value) {
        throw alreadyExists(`You can't modify an existing version: ${id}.`);
      }
      if (known?.value !== undefined) return;
      const isFirst = versions.size === 0 && value !== undefined;
      const added = new Map(versions).set(id, {
        id,
        createdAt: now(),
        ...(value !== undefined && { value }),
      });
      let attached = labels;
      for (const stage of isFirst ? ['AWSCURRENT', ...stages] : stages)
        attached = attach(attached, stage, id);
      // A new current version that is put by hand ends a rotation under way (the CloudTrail event RotationAbandoned).
      if (attached.get('AWSCURRENT') === id && attached.get('AWSPENDING') !== id) {
        attached = without(attached, 'AWSPENDING');
      }
      state.change({ versions: withoutOutdated(added, attached, now()), labels: attached });
    },

    move({ state }, stage, from, to) {
      const { versions, labels } = state.latest();
      const holder = labels.get(stage);
      if (from !== undefined && from !== holder) {
        throw invalidParameter(`The staging label ${stage} is not attached to version ${from}.`);
      }
      if (to === undefined) return state.change({ versions, labels: detach(labels, stage, from) });
      if (!versions.has(to)) throw notFound(`version ${to}`);
      if (holder !== undefined && holder !== to && from === undefined) {
        throw invalidParameter(
          `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
        );
      }
      const attached = attach(labels, stage, to);
      const isPromotion = stage === 'AWSCURRENT' && attached.get('AWSPENDING') === to;
      const isTakenOff = isPromotion && pendingLeaves === 'with-current';
      state.change({ versions, labels: isTakenOff ? without(attached, 'AWSPENDING') : attached });
    },

    abandon({ state }, versionId) {
      const { versions, labels } = state.latest();
      if (labels.get('AWSPENDING') !== versionId) return;
      const kept = new Map(versions);
      if (versions.get(versionId)?.value === undefined) kept.delete(versionId);
      state.change({ versions: kept, labels: without(labels, 'AWSPENDING') });
    },
  };
}

/** The labels of a version. */
export function stagesOf({ labels }: SecretView, versionId: string): string[] {
  return [...labels].filter(([, holder]) => holder === versionId).map(([stage]) => stage);
}

type Labels = SecretView['labels'];

/** Attaches a label. The version that was current gets `AWSPREVIOUS`. */
function attach(labels: Labels, stage: string, versionId: string): Labels {
  const holder = labels.get(stage);
  const attached = new Map(labels).set(stage, versionId);
  if (stage === 'AWSCURRENT' && holder !== undefined && holder !== versionId) {
    attached.set('AWSPREVIOUS', holder);
  }
  if (attached.size > MAX_LABELS) {
    throw limitExceeded(`A secret can have at most ${MAX_LABELS} staging labels.`);
  }
  return attached;
}

function detach(labels: Labels, stage: string, from: string | undefined): Labels {
  if (from === undefined) {
    throw invalidParameter('You must name a version in RemoveFromVersionId or MoveToVersionId.');
  }
  if (stage === 'AWSCURRENT') {
    throw invalidParameter(
      "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
    );
  }
  return without(labels, stage);
}

function without(labels: Labels, stage: string): Labels {
  const rest = new Map(labels);
  rest.delete(stage);
  return rest;
}

/** Removes the oldest versions without a label that are too many and more than a day old. */
function withoutOutdated(
  versions: Map<string, Version>,
  labels: Labels,
  now: number,
): SecretView['versions'] {
  const labelled = new Set(labels.values());
  const outdated = [...versions.values()].filter(
    ({ id, createdAt }) => !labelled.has(id) && createdAt < now - KEPT_MS,
  );
  for (const { id } of outdated.slice(0, Math.max(0, versions.size - KEPT_VERSIONS))) versions.delete(id);
  return versions;
}
