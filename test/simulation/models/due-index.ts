import { credentialPath } from '../../../src/rotation/api-credential.ts';
import type { Rotation } from '../../../src/rotation/rotation.ts';
import { type DueEntry, dueAtOf } from './audit-table.ts';

/** The sparse index of the records that are due. It follows the table a little later. */
export type DueIndex = Readonly<{
  /** Takes a write over, `lagMs` later. A later write is never overtaken by an earlier one. */
  follow(rotation: Rotation, lagMs: number): void;
  dueAt(time: string): DueEntry[];
}>;

export function createDueIndex(after: (ms: number, run: () => void) => void): DueIndex {
  const entries = new Map<string, DueEntry>();
  const versions = new Map<string, number>();
  let version = 0;

  return {
    follow(rotation, lagMs) {
      version += 1;
      const own = version;
      const { number } = rotation;
      const credential = credentialPath(rotation.credential);
      const key = `${credential}#${number}`;
      const dueAt = dueAtOf(rotation);
      after(lagMs, () => {
        if ((versions.get(key) ?? 0) > own) return;
        versions.set(key, own);
        if (dueAt === undefined) entries.delete(key);
        else entries.set(key, { credential, number, dueAt });
      });
    },
    dueAt: (time) =>
      [...entries.values()]
        .filter(({ dueAt }) => dueAt <= time)
        .sort((one, other) => (one.dueAt < other.dueAt ? -1 : 1)),
  };
}
