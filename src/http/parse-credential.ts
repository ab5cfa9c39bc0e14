import type { MiddlewareObj } from '@middy/core';
import * as v from 'valibot';
import { type ApiCredential, ApiCredentialSchema, credentialPath } from '../rotation/api-credential.ts';
import type { CredentialEvent, HttpEvent, HttpResponse } from './http-event.ts';
import { malformed } from './problems/malformed.ts';

/** Puts the API credential in the path on the event. */
export function parseCredential(): MiddlewareObj<CredentialEvent, HttpResponse> {
  return {
    before({ event }) {
      event.apiCredential = credentialIn(event);
    },
  };
}

/** The API credential in the path. API Gateway has decoded the parameters; they are not decoded again. */
export function credentialIn(event: HttpEvent): ApiCredential {
  const parsed = v.safeParse(ApiCredentialSchema, event.pathParameters ?? {});
  if (!parsed.success) throw malformed('The path does not name an API credential.', 'path', parsed.issues);
  event.summary.credential = credentialPath(parsed.output);
  return parsed.output;
}
