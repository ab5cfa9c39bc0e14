/** A version of a secret. It has no value until a rotation stores one. */
export type Version = Readonly<{ id: string; value?: string; createdAt: number }>;

/** The versions and staging labels of a secret at one moment. */
export type SecretView = Readonly<{
  versions: ReadonlyMap<string, Version>;
  /** The version that each staging label is attached to: label → version id. */
  labels: ReadonlyMap<string, string>;
}>;

/** A secret in the course of time: a read may see an earlier moment than the last write. */
export type SecretState = Readonly<{
  latest(): SecretView;
  /** The secret as it was at a time (ms since the epoch). */
  at(time: number): SecretView;
  change(view: SecretView): void;
}>;

/** How long an earlier view can still be read (ms). */
const KEPT_MS = 60_000;

/** Starts a secret without versions. */
export function createSecretState(now: () => number): SecretState {
  let views: [{ from: number; view: SecretView }, ...{ from: number; view: SecretView }[]] = [
    { from: now(), view: { versions: new Map(), labels: new Map() } },
  ];

  return {
    latest: () => views[0].view,
    at: (time) => (views.find(({ from }) => from <= time) ?? views.at(-1) ?? views[0]).view,
    change(view) {
      const from = now();
      views = [
        { from, view },
        ...views.filter((_, index) => (views[index - 1]?.from ?? from) > from - KEPT_MS),
      ];
    },
  };
}
