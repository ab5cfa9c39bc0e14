import { credentialPath } from '../../../src/rotation/api-credential.ts';
import type { AuditLog, FindDue } from '../../../src/rotation/ports.ts';
import { Unavailable } from '../../../src/rotation/unavailable.ts';
import type { Container } from '../kernel/container.ts';
import type { Call } from '../kernel/remote-call.ts';
import type { AuditTable } from './audit-table.ts';
import type { DueIndex } from './due-index.ts';

/** What the table must know of a write besides its content. */
export type Writer = { container: Container; askedAt: number } | undefined;

/** The ports to the audit table, as one process uses them. */
export function createAuditPorts(deps: {
  table: AuditTable;
  index: DueIndex;
  call: Call;
  container: Container;
  now: () => number;
  /** Told who writes, around each write. */
  setWriter: (writer: Writer) => void;
  /** Told of each record of intent that this process has written. */
  onStarted: (credential: string, rotationId: string) => void;
}): Readonly<{ audit: AuditLog; findDue: FindDue }> {
  const { table, index, call, container, now, setWriter, onStarted } = deps;

  const ask = <T>(operation: string, perform: () => T) =>
    call(
      container,
      'dynamodb',
      operation,
      perform,
      (reason) =>
        new Unavailable('audit-unavailable', 'the audit table cannot be read or written', {
          cause: new Error(reason),
        }),
    );

  const write = <T>(operation: string, perform: () => T) => {
    const askedAt = now();
    return ask(operation, () => {
      setWriter({ container, askedAt });
      const result = perform();
      setWriter(undefined);
      return result;
    });
  };

  return {
    audit: {
      newest: (credential) => ask('newest', () => table.newest(credential)),
      findByIdempotencyHash: (credential, hash, id) =>
        ask('findByIdempotencyHash', () => table.findByIdempotencyHash(credential, hash, id)),
      get: (credential, number) => ask('get', () => table.get(credentialPath(credential), number)),
      async insert(rotation) {
        const written = await write('insert', () => table.insert(rotation));
        if (written === 'written' && rotation.status === 'started') {
          onStarted(credentialPath(rotation.credential), rotation.id);
        }
        return written;
      },
      close: (rotation) => write('close', () => table.close(rotation)),
      amend: (rotation, before) => write('amend', () => table.amend(rotation, before)),
    },

    findDue: async function* findDue(at) {
      const due = await ask('findDue', () => index.dueAt(new Date(at).toISOString()));
      for (const { credential, number } of due) {
        yield {
          credential,
          number: String(number),
          read: () => ask('get', () => table.get(credential, number)),
        };
      }
    },
  };
}
