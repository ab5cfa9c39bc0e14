import { randomBytes } from 'node:crypto';
import type { Credentials, SimulatedCredential } from './credentials.ts';
import { restServiceError } from './rest-service-error.ts';
import { GENERATE_ROLE } from './seed.ts';

export type AdyenResponse = Readonly<{ status: number; requestId: string; body: unknown }>;

/**
 * `POST /{level}/{accountId}/apiCredentials/{apiCredentialId}/generateApiKey`
 *
 * @param path of the API credential
 * @param at when the call is processed (ms since the epoch)
 */
export function generateApiKey(
  credentials: Credentials,
  apiKey: string | undefined,
  path: string,
  at: number,
): AdyenResponse {
  const { credential, refusal } = manage(credentials, apiKey, path, at);
  if (refusal) return refusal;
  if (!credential.active) {
    return reject(422, 'The API credential is not active.', [
      { name: 'apiCredentialId', value: credential.id, message: 'must be an active API credential' },
    ]);
  }
  return {
    status: 200,
    requestId: newRequestId(),
    body: { apiKey: credentials.generateKey(credential, at) },
  };
}

/**
 * `GET /me`: the API credential that the key belongs to.
 *
 * @param at when the call is processed (ms since the epoch)
 */
export function me(credentials: Credentials, apiKey: string | undefined, at: number): AdyenResponse {
  const caller = credentials.authenticate(apiKey ?? '', at);
  if (!caller) return reject(401, 'The API key is missing or does not work.');
  if (!caller.roles.some((role) => role.startsWith('Management API')))
    return reject(403, 'A role is missing.');
  return { status: 200, requestId: newRequestId(), body: describe(caller) };
}

/**
 * `GET /{level}/{accountId}/apiCredentials/{apiCredentialId}`. It needs the same role as `generateApiKey`.
 *
 * @param path of the API credential
 * @param at when the call is processed (ms since the epoch)
 */
export function getApiCredential(
  credentials: Credentials,
  apiKey: string | undefined,
  path: string,
  at: number,
): AdyenResponse {
  const { credential, refusal } = manage(credentials, apiKey, path, at);
  return refusal ?? { status: 200, requestId: newRequestId(), body: describe(credential) };
}

function describe({ id, username, roles, active, allowedIpAddresses }: SimulatedCredential) {
  return { id, username, clientKey: 'test_LOCAL', roles, active, allowedIpAddresses };
}

/** The API credential of a path, or the refusal of a key that does not work or whose API credential may not manage others. */
function manage(
  credentials: Credentials,
  apiKey: string | undefined,
  path: string,
  at: number,
):
  | { credential: SimulatedCredential; refusal?: undefined }
  | { credential?: undefined; refusal: AdyenResponse } {
  const caller = credentials.authenticate(apiKey ?? '', at);
  if (!caller) return { refusal: reject(401, 'The API key is missing or does not work.') };
  if (!caller.roles.includes(GENERATE_ROLE)) {
    return { refusal: reject(403, `The role "${GENERATE_ROLE}" is missing.`) };
  }
  const credential = credentials.find(path);
  if (!credential) return { refusal: reject(404, 'There is no such API credential in this account.') };
  return { credential };
}

function reject(
  status: Parameters<typeof restServiceError>[0],
  detail: string,
  invalidFields?: Parameters<typeof restServiceError>[3],
): AdyenResponse {
  const requestId = newRequestId();
  return { status, requestId, body: restServiceError(status, detail, requestId, invalidFields) };
}

/** An id in the form of Adyen's `pspReference`. */
function newRequestId(): string {
  return randomBytes(8).toString('hex').toUpperCase();
}
