import { type ApiCredential, credentialPath } from '../../../src/rotation/api-credential.ts';
import type { AddPlace, FindByPlace } from '../../../src/rotation/ports.ts';
import type { Container } from '../kernel/container.ts';
import type { Call } from '../kernel/remote-call.ts';
import type { AuditTable } from './audit-table.ts';

/** The paths of the credentials that were added without a rotation. */
export type AddedPlaces = Set<string>;

type PortDeps = Readonly<{ added: AddedPlaces; call: Call; container: Container }>;

/** The credentials that have had a rotation or were added, spread evenly from 0 to 1. */
export function createFindByPlacePort(
  deps: PortDeps & Readonly<{ table: AuditTable; credentials: readonly ApiCredential[] }>,
): FindByPlace {
  const { table, added, call, container, credentials } = deps;
  return async function* findByPlace(from, to) {
    const found = await call(
      container,
      'dynamodb',
      'places',
      () =>
        credentials.filter((credential, index) => {
          const place = (index + 0.5) / credentials.length;
          const isKnown = added.has(credentialPath(credential)) || table.newest(credential) !== undefined;
          return place >= from && place < to && isKnown;
        }),
      (reason) => new Error(`the table cannot be read (${reason})`),
    );
    yield* found;
  };
}

/** The entry of a credential by its place, as one process makes it. */
export function createAddPlacePort({ added, call, container }: PortDeps): AddPlace {
  return (credential) =>
    call(
      container,
      'dynamodb',
      'add place',
      () => void added.add(credentialPath(credential)),
      (reason) => new Error(`the table cannot be written (${reason})`),
    );
}
