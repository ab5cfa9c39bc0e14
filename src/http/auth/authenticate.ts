import type { MiddlewareObj } from '@middy/core';
import { Secret } from '../../secret.ts';
import { type AuthenticatedEvent, type HttpResponse, headerOf } from '../http-event.ts';
import { ProblemError } from '../problems/problem.ts';
import type { VerifyToken } from './token-verifier.ts';

/** RFC 6750 §2.1: the scheme in any case, one token. The bound keeps a giant header away from the parser. */
const BEARER = /^bearer +([\w.~+/-]{1,16384}=*)$/i;

/** Lets nobody pass but the holder of a valid bearer token (RFC 6750), and says on the event who that is. */
export function authenticate(verifyToken: VerifyToken): MiddlewareObj<AuthenticatedEvent, HttpResponse> {
  return {
    async before({ event }) {
      const token = BEARER.exec(headerOf(event, 'authorization') ?? '')?.[1];
      if (token === undefined) throw unauthenticated('No bearer token was sent.', 'Bearer');
      const caller = await verifyToken(new Secret(token));
      if (!caller) throw unauthenticated('The bearer token is not valid.', 'Bearer error="invalid_token"');
      const { subject, clientId } = caller;
      event.caller = caller;
      event.summary.caller = { subject, ...(clientId !== undefined && { clientId }) };
    },
  };
}

function unauthenticated(detail: string, challenge: string): ProblemError {
  return new ProblemError('unauthenticated', { detail, headers: { 'WWW-Authenticate': challenge } });
}
