import * as v from 'valibot';
import type { ApiCredential } from '../rotation/api-credential.ts';
import type { Secret } from '../secret.ts';
import { followOne308 } from './redirect.ts';
import { parseJson } from './rest-service-error.ts';
import type { Send, UpstreamResponse } from './send.ts';

/**
 * What Adyen's `GET /me` says of a key:
 * - `works`: it is a key of the API credential;
 * - `refused`: it does not work, not yet or no more;
 * - `another-credential`: it works and belongs to somebody else;
 * - `unclear`: Adyen has not said.
 */
export type ProbeResult = Readonly<{
  kind: 'works' | 'refused' | 'another-credential' | 'unclear';
  /** What was seen, for the audit. */
  seen: string;
}>;

export type Probe = (credential: ApiCredential, apiKey: Secret) => Promise<ProbeResult>;

const MeSchema = v.object({ id: v.string() });
/** What every RestServiceError has (Adyen Management API v3). */
const RefusalSchema = v.object({ status: v.number() });

/** Makes the question whether a key works (Adyen Management API v3, `GET /me`). It never throws. */
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

/** 403 is a key that works, of an API credential without a Management role. */
function readProbe(exchange: UpstreamResponse, { apiCredentialId }: ApiCredential): ProbeResult {
  if (exchange.kind !== 'answered') return { kind: 'unclear', seen: `GET /me was ${exchange.kind}` };
  const { status, body } = exchange;
  const seen = `GET /me answered ${status}`;
  if (status === 401) return { kind: 'refused', seen };
  if ((status !== 200 && status !== 403) || body.kind !== 'complete') return { kind: 'unclear', seen };
  if (status === 403) {
    // An edge before Adyen refuses whatever the key is.
    const isOfAdyen = v.is(RefusalSchema, parseJson(body.text));
    return isOfAdyen ? { kind: 'works', seen } : { kind: 'unclear', seen: `${seen}, and not as Adyen does` };
  }
  const me = v.safeParse(MeSchema, parseJson(body.text));
  if (!me.success) return { kind: 'unclear', seen: `${seen} without an id` };
  if (me.output.id === apiCredentialId) return { kind: 'works', seen };
  return { kind: 'another-credential', seen: `${seen} for another API credential` };
}
