import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Secret } from '../../secret.ts';
import { ProblemError } from '../problems/problem.ts';
import { requestHeader } from '../request-header.ts';
import { summaryOf } from '../request-summary.ts';
import type { Caller } from './caller.ts';
import { createFetchDocument } from './fetch-document.ts';
import { createTokenVerifier } from './token-verifier.ts';

/** RFC 6750 §2.1: the scheme in upper or lower case, then one token. The limit keeps a giant header out of the parser. */
const BEARER = /^bearer +([\w.~+/-]{1,16384}=*)$/i;

/** The caller whose bearer token a request carries. Throws `unauthenticated` and `issuer-unavailable`. */
export type Authenticate = (event: APIGatewayProxyEventV2) => Promise<Caller>;

/** Makes the first step of every protected operation. `preloadIssuer` fetches what every token needs. */
export function createAuthentication(
  issuer: Parameters<typeof createTokenVerifier>[0],
  now: () => number,
): Readonly<{ authenticate: Authenticate; preloadIssuer: () => Promise<void> }> {
  const { verify, preload } = createTokenVerifier(issuer, createFetchDocument(), now);
  return {
    preloadIssuer: preload,
    async authenticate(event) {
      const token = BEARER.exec(requestHeader(event, 'authorization') ?? '')?.[1];
      if (token === undefined) throw unauthenticated('No bearer token was sent.', 'Bearer');
      const caller = await verify(new Secret(token));
      if (!caller) throw unauthenticated('The bearer token is not valid.', 'Bearer error="invalid_token"');
      const { subject, clientId } = caller;
      summaryOf(event).caller = { subject, ...(clientId !== undefined && { clientId }) };
      return caller;
    },
  };
}

function unauthenticated(detail: string, challenge: string): ProblemError {
  return new ProblemError('unauthenticated', { detail, headers: { 'WWW-Authenticate': challenge } });
}
