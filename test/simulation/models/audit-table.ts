import { type ApiCredential, credentialPath } from '../../../src/rotation/api-credential.ts';
import type { Written } from '../../../src/rotation/ports.ts';
import type { ClosedRotation, Rotation } from '../../../src/rotation/rotation.ts';

/** A record that is due, as the index has it. */
export type DueEntry = Readonly<{ credential: string; number: number; dueAt: string }>;

/**
 * The audit table as `AuditLog` in ports.ts documents it, without time: each call happens at once. Records are kept as
 * text, so that what was written cannot change in a reader's hands.
 */
export type AuditTable = Readonly<{
  newest(credential: ApiCredential): Rotation | undefined;
  findByIdempotencyHash(credential: ApiCredential, hash: string, id?: string): Rotation | undefined;
  get(credential: string, number: number): Rotation | undefined;
  insert(rotation: Rotation): Written;
  close(rotation: ClosedRotation): Written;
  amend(rotation: ClosedRotation, before: ClosedRotation): Written;
  /** All records of an API credential, oldest first. */
  all(credential: string): Rotation[];
  credentials(): string[];
}>;

type Row = Readonly<{
  text: string;
  id: string;
  requestId: string;
  leaseExpiresAt: string;
  status: Rotation['status'];
  idempotencyHash: string | undefined;
  chain: string | undefined;
  entries: number;
  dueAt: string | undefined;
}>;

/** @param onWrite called after each write, with the record and its due time: for the index, and for the oracle */
export function createAuditTable(
  onWrite: (operation: 'insert' | 'close' | 'amend', rotation: Rotation, text: string) => void = () => {},
): AuditTable {
  const partitions = new Map<string, Map<number, Row>>();
  const rowsOf = (path: string) => partitions.get(path) ?? new Map<number, Row>();

  return {
    newest: (credential) => parse([...rowsOf(credentialPath(credential)).values()].at(-1)),

    findByIdempotencyHash: (credential, hash, id) =>
      parse(
        [...rowsOf(credentialPath(credential)).values()].findLast(
          (row) => row.idempotencyHash === hash && (id === undefined || row.id === id),
        ),
      ),

    get: (path, number) => parse(rowsOf(path).get(number)),

    insert(rotation) {
      const taken = rowsOf(credentialPath(rotation.credential)).get(rotation.number);
      const isSame =
        hasSameIntent(taken, rotation) &&
        taken.status === rotation.status &&
        (rotation.status === 'started' || taken.chain === rotation.chain);
      if (taken && !isSame) return 'lost';
      return write('insert', rotation);
    },

    close(rotation) {
      const row = rowsOf(credentialPath(rotation.credential)).get(rotation.number);
      const isSameEnd = row?.chain === rotation.chain && row.entries === rotation.timeline.length;
      const isOpen = row?.status === 'started' || isSameEnd;
      return hasSameIntent(row, rotation) && isOpen ? write('close', rotation) : 'lost';
    },

    amend(rotation, before) {
      const row = rowsOf(credentialPath(rotation.credential)).get(rotation.number);
      const isAsBefore = row?.entries === before.timeline.length && row.dueAt === dueAtOf(before);
      return hasSameIntent(row, rotation) && isAsBefore ? write('amend', rotation) : 'lost';
    },

    all: (path) => [...rowsOf(path).values()].flatMap((row) => parse(row) ?? []),
    credentials: () => [...partitions.keys()],
  };

  function write(operation: 'insert' | 'close' | 'amend', rotation: Rotation): Written {
    const text = JSON.stringify(rotation);
    const path = credentialPath(rotation.credential);
    const rows = new Map(partitions.get(path));
    rows.set(rotation.number, {
      text,
      id: rotation.id,
      requestId: rotation.requestId,
      leaseExpiresAt: rotation.leaseExpiresAt,
      status: rotation.status,
      idempotencyHash: rotation.idempotencyHash,
      chain: rotation.status === 'started' ? undefined : rotation.chain,
      entries: rotation.timeline.length,
      dueAt: dueAtOf(rotation),
    });
    // In the order of the sort key.
    partitions.set(path, new Map([...rows].sort(([one], [other]) => one - other)));
    onWrite(operation, rotation, text);
    return 'written';
  }
}

function hasSameIntent(row: Row | undefined, { id, requestId, leaseExpiresAt }: Rotation): row is Row {
  return row?.id === id && row.requestId === requestId && row.leaseExpiresAt === leaseExpiresAt;
}

/** When a record is due: at the end of its lease, or when its event must be on the bus. */
export function dueAtOf(rotation: Rotation): string | undefined {
  return rotation.status === 'started' ? rotation.leaseExpiresAt : rotation.outbox?.dueAt;
}

function parse(row: Row | undefined): Rotation | undefined {
  // What was written is what the type says; nothing else writes.
  return row && (JSON.parse(row.text) as Rotation);
}
