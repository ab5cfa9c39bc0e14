import { ProblemError } from '../problems/problem.ts';
import type { Caller } from './caller.ts';

export type Scope = 'apikeys:rotate' | 'apikeys:force' | 'apikeys:acknowledge' | 'rotations:read';

/** A caller whose token has the scope that an operation needs. */
export type Permitted<S extends Scope> = Caller & Readonly<{ permittedScope: S }>;

/** Throws `forbidden` unless the caller has the scope. */
export function requireScope<S extends Scope>(caller: Caller, scope: S): Permitted<S> {
  if (caller.scopes.has(scope)) return { ...caller, permittedScope: scope };
  throw new ProblemError('forbidden', {
    detail: `The token lacks the scope ${scope}.`,
    headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
  });
}
