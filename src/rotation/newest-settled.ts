import type { AuditLog } from '../audit/audit-log.ts';
import type { ApiCredential } from './api-credential.ts';
import type { Close } from './close.ts';
import type { Rotation } from './rotation.ts';
import { isPastLease, type Retention, type RotationRules } from './rules.ts';
import { abandon } from './settle.ts';

/** The credential's newest rotation. One that was left open past its lease is ended first. Throws `Unavailable`. */
export function createNewestSettled(parts: {
  audit: Pick<AuditLog, 'newest'>;
  close: Close;
  rules: RotationRules & Retention;
  now: () => number;
}): (credential: ApiCredential) => Promise<Rotation | undefined> {
  const { audit, close, rules, now } = parts;
  return async (credential) => {
    const newest = await audit.newest(credential);
    if (newest?.status !== 'started' || !isPastLease(newest, now())) return newest;
    const abandoned = abandon(newest, now(), rules);
    return (await close(abandoned)) === 'lost' ? audit.newest(credential) : abandoned;
  };
}
