import { randomBytes } from 'node:crypto';
import type { Credentials } from './credentials.ts';
import { restServiceError } from './rest-service-error.ts';
import { GENERATE_ROLE } from './seed.ts';

export type Answer = Readonly<{ status: number; requestId: string; body: unknown }>;

/** `POST /{level}/{accountId}/apiCredentials/{apiCredentialId}/generateApiKey`, for the API credential at a path, as of a time. */
export function generateApiKey(
  credentials: Credentials,
  apiKey: string | undefined,
  path: string,
  at: number,
): Answer {
  const caller = credentials.authenticate(apiKey ?? '', at);
  if (!caller) return refuse(401, 'The API key is missing or does not work.');
  if (!caller.roles.includes(GENERATE_ROLE)) return refuse(403, `The role "${GENERATE_ROLE}" is missing.`);
  const credential = credentials.find(path);
  if (!credential) return refuse(404, 'There is no such API credential in this account.');
  if (!credential.active) {
    return refuse(422, 'The API credential is not active.', [
      { name: 'apiCredentialId', value: credential.id, message: 'must be an active API credential' },
    ]);
  }
  return {
    status: 200,
    requestId: newRequestId(),
    body: { apiKey: credentials.generateKey(credential, at) },
  };
}

/** `GET /me`: the API credential whose key was used, as of a time. */
export function me(credentials: Credentials, apiKey: string | undefined, at: number): Answer {
  const caller = credentials.authenticate(apiKey ?? '', at);
  if (!caller) return refuse(401, 'The API key is missing or does not work.');
  const { id, username, roles, active } = caller;
  if (!roles.some((role) => role.startsWith('Management API'))) return refuse(403, 'A role is missing.');
  return {
    status: 200,
    requestId: newRequestId(),
    body: { id, username, roles, active, allowedIpAddresses: [] },
  };
}

function refuse(
  status: Parameters<typeof restServiceError>[0],
  detail: string,
  invalidFields?: Parameters<typeof restServiceError>[3],
): Answer {
  const requestId = newRequestId();
  return { status, requestId, body: restServiceError(status, detail, requestId, invalidFields) };
}

/** In the form of Adyen's pspReference. */
function newRequestId(): string {
  return randomBytes(8).toString('hex').toUpperCase();
}
