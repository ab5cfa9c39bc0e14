import type { AuditLog } from './ports.ts';
import type { Rotation } from './rotation.ts';

/** The rotation with the number before; `undefined` if there is none, or its record has expired. Throws `Unavailable`. */
export async function rotationBefore(
  audit: Pick<AuditLog, 'get'>,
  { credential, number }: Rotation,
): Promise<Rotation | undefined> {
  return number > 1 ? audit.get(credential, number - 1) : undefined;
}
