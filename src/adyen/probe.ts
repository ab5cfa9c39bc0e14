import * as v from 'valibot';
import type { ApiCredential } from '../rotation/api-credential.ts';
import type { Probe, ProbeResult } from '../rotation/ports.ts';
import { followOne308 } from './follow-redirect.ts';
import { INSUFFICIENT_RIGHTS, parseJson } from './rest-service-error.ts';
import type { Send, UpstreamResponse } from './send.ts';

const MeSchema = v.object({ id: v.string() });
const InsufficientRightsSchema = v.object({ errorCode: v.literal(INSUFFICIENT_RIGHTS) });

/** Makes the probe of a key (Adyen Management API v3, `GET /me`). It never throws. */
export function createProbe(options: {
  send: Send;
  /** Adyen's base URL with its version, without a slash at the end. */
  baseUrl: string;
  timeoutMs: number;
}): Probe {
  const { send, baseUrl, timeoutMs } = options;
  return async (credential, apiKey) => {
    const get = (url: URL) =>
      send({ method: 'GET', url, headers: { 'X-API-Key': apiKey.reveal() }, timeoutMs });
    return readProbe(await followOne308(get, new URL(`${baseUrl}/me`)), credential);
  };
}

/**
 * What Adyen says of a key. A 403 for insufficient rights means that the key works, and that its API credential has no
 * Management role. Any other 403 proves nothing: that of an edge in front of Adyen, or for an address that is not on the
 * credential's list.
 */
function readProbe(response: UpstreamResponse, { apiCredentialId }: ApiCredential): ProbeResult {
  if (response.kind !== 'responded') return { kind: 'unclear', seen: `GET /me was ${response.kind}` };
  const { status, body } = response;
  const seen = `GET /me answered ${status}`;
  if (status === 401) return { kind: 'unauthorized', seen };
  if ((status !== 200 && status !== 403) || body.kind !== 'complete') return { kind: 'unclear', seen };
  if (status === 403) {
    const isAuthenticated = v.is(InsufficientRightsSchema, parseJson(body.text));
    return isAuthenticated
      ? { kind: 'works', seen }
      : { kind: 'unclear', seen: `${seen} without the code ${INSUFFICIENT_RIGHTS}` };
  }
  const me = v.safeParse(MeSchema, parseJson(body.text));
  if (!me.success) return { kind: 'unclear', seen: `${seen} without an id` };
  if (me.output.id === apiCredentialId) return { kind: 'works', seen };
  return { kind: 'another-credential', seen: `${seen} for another API credential` };
}
