import type { ApiCredential } from '../../../src/rotation/api-credential.ts';
import type { FindByPlace } from '../../../src/rotation/ports.ts';
import type { Container } from '../kernel/container.ts';
import type { Call } from '../kernel/remote-call.ts';
import type { AuditTable } from './audit-table.ts';

/** The credentials that have had a rotation, spread evenly from 0 to 1. */
export function createFindByPlacePort(deps: {
  table: AuditTable;
  call: Call;
  container: Container;
  credentials: readonly ApiCredential[];
}): FindByPlace {
  const { table, call, container, credentials } = deps;
  return async function* findByPlace(from, to) {
    const found = await call(
      container,
      'dynamodb',
      'places',
      () =>
        credentials.filter((credential, index) => {
          const place = (index + 0.5) / credentials.length;
          return place >= from && place < to && table.newest(credential) !== undefined;
        }),
      (reason) => new Error(`the table cannot be read (${reason})`),
    );
    yield* found;
  };
}
