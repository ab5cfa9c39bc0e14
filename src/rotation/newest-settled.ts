import type { AuditLog } from '../dynamodb/audit-log.ts';
import type { ApiCredential } from './api-credential.ts';
import type { Close } from './close.ts';
import type { EndAbandoned } from './end-abandoned.ts';
import type { Rotation } from './rotation.ts';
import { isPastLease } from './rules.ts';

/** The credential's newest rotation. One that was left open past its lease is ended first. Throws `Unavailable`. */
export function createNewestSettled(parts: {
  audit: Pick<AuditLog, 'newest'>;
  close: Close;
  endAbandoned: EndAbandoned;
  now: () => number;
}): (credential: ApiCredential) => Promise<Rotation | undefined> {
  const { audit, close, endAbandoned, now } = parts;
  return async (credential) => {
    const newest = await audit.newest(credential);
    if (newest?.status !== 'started' || !isPastLease(newest, now())) return newest;
    const abandoned = await endAbandoned(newest);
    return (await close(abandoned)) === 'lost' ? audit.newest(credential) : abandoned;
  };
}
