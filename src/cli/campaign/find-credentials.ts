import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import pMap from 'p-map';
import { createFindByPlace } from '../../dynamodb/credential-index.ts';
import { type ApiCredential, credentialPath } from '../../rotation/api-credential.ts';
import { lastKeyOf } from '../../rotation/carry.ts';
import { type CredentialPattern, isCovered } from '../../rotation/credential-pattern.ts';
import type { AuditLog } from '../../rotation/ports.ts';
import type { Rotation } from '../../rotation/rotation.ts';
import { refusalInOverlap } from '../../rotation/rules.ts';

const READS_AT_ONCE = 10;

/** An API credential that the pattern covers, and the rotation that this campaign has had of it before. */
export type Candidate = Readonly<{ credential: ApiCredential; lastKeyAt?: string; earlier?: Rotation }>;

export type Found = Readonly<{
  chosen: Candidate[];
  /** Those that the pattern covers and the campaign does not rotate. */
  leftOut: Readonly<{ credential: ApiCredential; why: string }>[];
}>;

/**
 * Finds the API credentials that a pattern covers. They are known to the audit table's index from their first rotation on,
 * and if they have a managed secret, from their enrolment on.
 */
export async function findCredentials(search: {
  client: DynamoDBDocumentClient;
  tableName: string;
  audit: Pick<AuditLog, 'newest' | 'findByIdempotencyHash'>;
  pattern: CredentialPattern;
  /** The hash of the campaign's idempotency key. */
  hash: string;
  /** Whether the keys of an overlap are rotated too. */
  force: boolean;
  /** How long an overlap lasts (ms). */
  minIntervalMs: number;
  now: number;
  onProgress: (text: string) => void;
}): Promise<Found> {
  const { audit, hash, force, minIntervalMs, now, onProgress } = search;
  const covered: ApiCredential[] = [];
  for await (const credential of createFindByPlace(search.client, search.tableName)(0, 1)) {
    if (isCovered(credential, [search.pattern])) covered.push(credential);
  }
  let read = 0;
  const all = await pMap(
    covered,
    async (credential) => {
      const [newest, earlier] = await Promise.all([
        audit.newest(credential),
        audit.findByIdempotencyHash(credential, hash),
      ]);
      read += 1;
      onProgress(`${read} of ${covered.length} API credentials read`);
      const lastKeyAt = newest && lastKeyOf(newest).issuedAt;
      const why = earlier ? undefined : reasonToLeaveOut(newest);
      return {
        credential,
        ...(lastKeyAt !== undefined && { lastKeyAt }),
        ...(earlier && { earlier }),
        ...(why !== undefined && { why }),
      };
    },
    { concurrency: READS_AT_ONCE },
  );
  const sorted = all.toSorted((one, other) => (pathOf(one) < pathOf(other) ? -1 : 1));
  return {
    chosen: sorted.filter(({ why }) => why === undefined),
    leftOut: sorted.flatMap(({ credential, why }) => (why === undefined ? [] : [{ credential, why }])),
  };

  function reasonToLeaveOut(newest: Rotation | undefined): string | undefined {
    if (newest?.status === 'failed' && newest.code === 'no-managed-secret') return 'no managed secret';
    if (newest?.status === 'succeeded' && newest.key && !newest.secret) return 'no managed secret';
    const overlap = force ? undefined : refusalInOverlap(newest, now, { minIntervalMs });
    return overlap && `its previous key may still be in use until ${overlap.until} (--force ends that)`;
  }
}

function pathOf({ credential }: Candidate): string {
  return credentialPath(credential);
}
