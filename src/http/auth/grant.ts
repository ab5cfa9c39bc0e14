import { type Grants, patternsOf } from '../../config/grants.ts';
import { type CredentialPattern, isCovered } from '../../rotation/credential-pattern.ts';
import type { Target } from '../parse-credential.ts';
import { ProblemError } from '../problems/problem.ts';
import type { Permitted, Scope } from './scope.ts';

/** A target that one of its caller's grants covers. */
export type Granted<S extends Scope = Scope> = Target<S> & Readonly<{ grant: CredentialPattern }>;

/** Throws `forbidden` unless a grant covers the target. */
export function requireGrant<S extends Scope>(grants: Grants, target: Target<S>): Granted<S> {
  const granted = findGrant(grants, target);
  if (granted) return granted;
  throw new ProblemError('forbidden', { detail: 'The caller has no grant for this API credential.' });
}

/** The target with the grant that covers it, or `undefined` if none does. */
export function findGrant<S extends Scope>(grants: Grants, target: Target<S>): Granted<S> | undefined {
  const grant = grantsOf(grants, target.caller).find((pattern) => isCovered(target.credential, [pattern]));
  return grant && { ...target, grant };
}

/** The patterns of the API credentials that a caller has been granted. */
export function grantsOf(grants: Grants, { grantees }: Permitted<Scope>): CredentialPattern[] {
  return patternsOf(grants, grantees);
}
