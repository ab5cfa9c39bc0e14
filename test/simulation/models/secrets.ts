/** An error of AWS, by its name. */
export class AwsError extends Error {
  constructor(name: string, message = name) {
    super(message);
    this.name = name;
  }
}

/** The value of a managed secret: `{"apiKey": …, "rotationId": …}`. */
export type SecretValue = Readonly<{ apiKey: string; rotationId?: string }>;

export type Version = Readonly<{ id: string; value: SecretValue | undefined; createdAt: number }>;

/** A secret as a reader sees it. */
export type SecretView = Readonly<{
  versions: ReadonlyMap<string, Version>;
  /** Label → the id of the version that has it. */
  labels: ReadonlyMap<string, string>;
}>;

/** Who changes a secret. */
export type Actor = 'setup' | 'keyturn' | 'operator' | 'secrets-manager';

export type LabelListener = (stage: string, versionId: string | undefined, by: Actor) => void;

/** One secret in AWS Secrets Manager, with its versions and staging labels. Each call happens at once. */
export type SecretState = Readonly<{
  /** The secret as it was at a time: reads may lag behind writes. */
  at(time: number): SecretView;
  /** `PutSecretValue` with `AWSPENDING`. The same token with the same value again is no change. */
  put(token: string, value: SecretValue, by: Actor): void;
  /** What `RotateSecret` does first: an empty version with `AWSPENDING`. */
  beginVersion(token: string): void;
  /** `UpdateSecretVersionStage`. Without `to`, the label is removed. */
  move(stage: string, from: string | undefined, to: string | undefined, by: Actor): void;
}>;

/** How long an earlier state may still be read (ms). */
const KEPT_MS = 10_000;

export function createSecretState(
  first: { id: string; value: SecretValue },
  now: () => number,
  onLabel: LabelListener,
): SecretState {
  let history: { from: number; view: SecretView }[] = [
    {
      from: now(),
      view: {
        versions: new Map([[first.id, { ...first, createdAt: now() }]]),
        labels: new Map([['AWSCURRENT', first.id]]),
      },
    },
  ];
  onLabel('AWSCURRENT', first.id, 'setup');

  const latest = (): SecretView => {
    const last = history.at(-1);
    if (!last) throw new RangeError('a secret always has a state');
    return last.view;
  };

  const change = (view: SecretView, by: Actor): void => {
    const before = latest();
    const kept = history.filter((_, index) => (history[index + 1]?.from ?? now()) > now() - KEPT_MS);
    history = [...kept, { from: now(), view }];
    for (const stage of new Set([...before.labels.keys(), ...view.labels.keys()])) {
      const versionId = view.labels.get(stage);
      if (before.labels.get(stage) !== versionId) onLabel(stage, versionId, by);
    }
  };

  return {
    at: (time) => (history.findLast(({ from }) => from <= time) ?? history[0])?.view ?? latest(),

    put(token, value, by) {
      const { versions, labels } = latest();
      const known = versions.get(token);
      if (known?.value) {
        if (JSON.stringify(known.value) === JSON.stringify(value)) return;
        throw new AwsError('ResourceExistsException');
      }
      change(
        {
          versions: new Map(versions).set(token, { id: token, value, createdAt: now() }),
          labels: new Map(labels).set('AWSPENDING', token),
        },
        by,
      );
    },

    beginVersion(token) {
      const { versions, labels } = latest();
      change(
        {
          versions: new Map(versions).set(token, { id: token, value: undefined, createdAt: now() }),
          labels: new Map(labels).set('AWSPENDING', token),
        },
        'secrets-manager',
      );
    },

    move(stage, from, to, by) {
      const { versions, labels } = latest();
      if (from !== undefined && from !== labels.get(stage)) throw new AwsError('InvalidParameterException');
      if (to !== undefined && !versions.has(to)) throw new AwsError('ResourceNotFoundException');
      const moved = to === undefined ? without(labels, stage, from) : withLabel(labels, stage, from, to);
      change({ versions, labels: moved }, by);
    },
  };
}

type Labels = SecretView['labels'];

function without(labels: Labels, stage: string, from: string | undefined): Labels {
  if (from === undefined || stage === 'AWSCURRENT') throw new AwsError('InvalidParameterException');
  const rest = new Map(labels);
  rest.delete(stage);
  return rest;
}

/** The version that was current becomes the previous one. */
function withLabel(labels: Labels, stage: string, from: string | undefined, to: string): Labels {
  const holder = labels.get(stage);
  const moved = new Map(labels).set(stage, to);
  if (holder === undefined || holder === to) return moved;
  if (from === undefined) throw new AwsError('InvalidParameterException');
  return stage === 'AWSCURRENT' ? moved.set('AWSPREVIOUS', holder) : moved;
}
