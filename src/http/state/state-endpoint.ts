import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Grants } from '../../config/grants.ts';
import type { KeyStates } from '../../rotation/read-key-state.ts';
import { findGrant } from '../auth/grant.ts';
import type { Permitted } from '../auth/scope.ts';
import { type HttpResponse, jsonResponse } from '../http-response.ts';
import { parseCredential } from '../parse-credential.ts';
import { ProblemError } from '../problems/problem.ts';

export type StateEndpoint = (
  event: APIGatewayProxyEventV2,
  reader: Permitted<'rotations:read'>,
) => Promise<HttpResponse>;

/**
 * Makes the operation that tells the state of one API credential's key. A reader without a grant gets the same response as
 * for an API credential that Keyturn does not know.
 */
export function createStateEndpoint({
  states,
  grants,
}: {
  states: KeyStates;
  /** As they are now. */
  grants: () => Grants;
}): StateEndpoint {
  return async (event, reader) => {
    const granted = findGrant(grants(), parseCredential(event, reader));
    const state = granted && (await states.read(granted.credential));
    if (state) return jsonResponse(state);
    throw new ProblemError('not-found', { detail: 'Keyturn knows no key of this API credential.' });
  };
}
