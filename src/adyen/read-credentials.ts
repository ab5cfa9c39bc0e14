import * as v from 'valibot';
import { credentialPath } from '../rotation/api-credential.ts';
import type {
  ReadApiCredential,
  ReadManagementCredential,
  UpstreamRead,
  UpstreamReadRequest,
} from '../rotation/ports.ts';
import type { Secret } from '../secret.ts';
import { followOne308 } from './follow-redirect.ts';
import { interpret } from './interpret.ts';
import { cut, redaction } from './redact.ts';
import { INSUFFICIENT_RIGHTS, parseJson } from './rest-service-error.ts';
import type { Send, UpstreamResponse } from './send.ts';

const MAX_ADDRESSES = 100;

const MeSchema = v.object({ roles: v.fallback(v.array(v.string()), []) });
const ApiCredentialSchema = v.object({
  id: v.string(),
  active: v.boolean(),
  allowedIpAddresses: v.fallback(v.array(v.string()), []),
});

/**
 * Makes the reads of the management credential (`GET /me`) and of an API credential
 * (`GET /{level}/{accountId}/apiCredentials/{apiCredentialId}`), Management API v3. The second needs the same role as
 * `generateApiKey`: https://docs.adyen.com/api-explorer/Management/3/get/merchants/_merchantId_/apiCredentials/_apiCredentialId_
 *
 * They never throw, and repeat nothing: the caller sees what came back.
 */
export function createReadCredentials(options: {
  send: Send;
  /** Adyen's base URL with its version, without a slash at the end. */
  baseUrl: string;
  timeoutMs: number;
  now: () => number;
}): Readonly<{
  readManagementCredential: ReadManagementCredential;
  readApiCredential: ReadApiCredential;
}> {
  const { send, baseUrl, timeoutMs, now } = options;

  return {
    async readManagementCredential(request) {
      const response = await get('/me', request);
      const me = bodyOf(response, MeSchema);
      const read = { kind: 'read', seen: 'GET /me answered 200' } as const;
      if (me) return { ...read, found: { roles: me.roles } };
      const { failure, errorCode } = failureOf(response, 'GET /me', request.managementKey);
      // The key works, and its credential has no Management role at all.
      return failure.code === 'upstream-forbidden' && errorCode === INSUFFICIENT_RIGHTS
        ? { kind: 'read', seen: failure.seen, found: { roles: [] } }
        : failure;
    },

    async readApiCredential(request) {
      const { credential, managementKey } = request;
      const response = await get(`/${credentialPath(credential)}`, request);
      const found = bodyOf(response, ApiCredentialSchema);
      if (found?.id !== credential.apiCredentialId) {
        return failureOf(response, 'GET of the API credential', managementKey).failure;
      }
      const addresses = found.allowedIpAddresses.slice(0, MAX_ADDRESSES).map((address) => cut(address, 64));
      return {
        kind: 'read',
        seen: 'GET of the API credential answered 200',
        found: {
          isActive: found.active,
          allowedAddresses: addresses.map(redaction([addresses], [managementKey])),
        },
      };
    },
  };

  function get(path: string, { managementKey, deadline }: UpstreamReadRequest): Promise<UpstreamResponse> {
    const until = Math.min(now() + timeoutMs, deadline);
    return followOne308(
      async (url) => {
        const timeLeft = until - now();
        if (timeLeft <= 0) return { kind: 'timed-out' };
        const headers = { 'X-API-Key': managementKey.reveal() };
        return send({ method: 'GET', url, headers, timeoutMs: timeLeft });
      },
      new URL(`${baseUrl}${path}`),
    );
  }

  /** What a rotation would make of the same response. */
  function failureOf(response: UpstreamResponse, request: string, managementKey: Secret) {
    const outcome = interpret(response, [managementKey], now());
    const { status, errorCode } = outcome.report;
    const answer = status === undefined ? `got no answer (${response.kind})` : `answered ${status}`;
    const seen = `${request} ${answer}${errorCode === undefined ? '' : `, ${errorCode}`}`;
    const isUnreadable = status !== undefined && status < 300;
    const code = 'code' in outcome ? outcome.code : 'upstream-malformed';
    const failure: Extract<UpstreamRead<never>, { kind: 'failed' }> = {
      kind: 'failed',
      code,
      seen: isUnreadable ? `${seen}, and its body cannot be read` : seen,
    };
    return { failure, errorCode };
  }
}

/** The body of a 200, if it is complete and of this schema. */
function bodyOf<Schema extends v.GenericSchema>(
  response: UpstreamResponse,
  schema: Schema,
): v.InferOutput<Schema> | undefined {
  if (response.kind !== 'responded' || response.status !== 200 || response.body.kind !== 'complete') {
    return undefined;
  }
  const parsed = v.safeParse(schema, parseJson(response.body.text));
  return parsed.success ? parsed.output : undefined;
}
