import type { MiddlewareObj } from '@middy/core';
import { type Grants, patternsOf } from '../../config/grants.ts';
import { type CredentialPattern, isCovered } from '../../rotation/credential-pattern.ts';
import type { AuthenticatedEvent, CredentialEvent, HttpResponse } from '../http-event.ts';
import { ProblemError } from '../problems/problem.ts';
import type { Caller } from './token-verifier.ts';

export type Scope = 'apikeys:rotate' | 'apikeys:force' | 'rotations:read';

/** Grants of event sources stand under `event:<source>`; no token may speak for one. */
const EVENT_SOURCE = 'event:';

/** Lets nobody pass whose token lacks the scope. */
export function requireScope(scope: Scope): MiddlewareObj<AuthenticatedEvent, HttpResponse> {
  return {
    before({ event }) {
      assertScope(event.caller, scope);
    },
  };
}

/** Lets nobody pass who has no grant for the API credential. */
export function requireGrant(grants: Grants): MiddlewareObj<CredentialEvent, HttpResponse> {
  return {
    before({ event }) {
      if (!isCovered(event.apiCredential, patternsFor(grants, event.caller))) {
        throw new ProblemError('forbidden', { detail: 'The caller has no grant for this API credential.' });
      }
    },
  };
}

/** The patterns that a caller has been granted. */
export function patternsFor(grants: Grants, { subject, clientId }: Caller): CredentialPattern[] {
  const names = [subject, clientId].filter((name) => name !== undefined);
  return patternsOf(
    grants,
    names.filter((name) => !name.startsWith(EVENT_SOURCE)),
  );
}

/**
 * Throws `forbidden` unless the caller has the scope. Some issuers (Amazon Cognito) put the name of the resource
 * server and a slash before it.
 */
export function assertScope(caller: Caller, scope: Scope): void {
  const granted = [...caller.scopes].some((name) => name === scope || name.endsWith(`/${scope}`));
  if (granted) return;
  throw new ProblemError('forbidden', {
    detail: `The token lacks the scope ${scope}.`,
    headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
  });
}
