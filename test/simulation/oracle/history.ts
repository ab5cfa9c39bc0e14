import { credentialPath } from '../../../src/rotation/api-credential.ts';
import type { Rotation } from '../../../src/rotation/rotation.ts';
import type { TableWrite } from '../facts.ts';
import type { AccountSecret } from '../models/managed-secret.ts';
import type { Evidence } from '../world.ts';

/** One rotation as the table saw it. */
export type RotationHistory = Readonly<{
  credential: string;
  /** As it is at the end. */
  last: Rotation;
  insertedAt: number;
  /** The write that ended it. */
  ended: TableWrite | undefined;
}>;

/** All rotations, in the order in which they were begun. */
export function rotationHistories({ facts }: Evidence): RotationHistory[] {
  const histories = new Map<string, RotationHistory>();
  for (const write of facts.writes) {
    const { rotation, at } = write;
    const key = `${credentialPath(rotation.credential)}#${rotation.number}`;
    const known = histories.get(key);
    histories.set(key, {
      credential: credentialPath(rotation.credential),
      last: rotation,
      insertedAt: known?.insertedAt ?? at,
      ended: known?.ended ?? (rotation.status === 'started' ? undefined : write),
    });
  }
  return [...histories.values()];
}

/** From when on which version had AWSCURRENT, and the key in it. */
export type InUse = Readonly<{ from: number; versionId: string; key: string; by: string }>;

/** The versions that the app read, oldest first. */
export function versionsInUse({ facts, end }: Evidence, secret: AccountSecret): InUse[] {
  const { versions } = secret.state.at(end);
  return facts.labels.flatMap(({ at, secretId, stage, versionId, by }) => {
    if (secretId !== secret.id || stage !== 'AWSCURRENT' || versionId === undefined) return [];
    return [{ from: at, versionId, key: versions.get(versionId)?.value?.apiKey ?? '', by }];
  });
}

/** The version that the app read at a time. */
export function inUseAt(inUse: readonly InUse[], at: number): InUse | undefined {
  return inUse.findLast(({ from }) => from <= at);
}
