import type { MiddlewareObj } from '@middy/core';
import * as v from 'valibot';
import { ApiCredentialSchema, credentialPath } from '../rotation/api-credential.ts';
import type { CredentialEvent, HttpAnswer } from './http-event.ts';
import { malformed } from './malformed.ts';

/** Reads the API credential from the path. API Gateway has decoded the parameters; they are not decoded again. */
export function parseCredential(): MiddlewareObj<CredentialEvent, HttpAnswer> {
  return {
    before({ event }) {
      const parsed = v.safeParse(ApiCredentialSchema, event.pathParameters ?? {});
      if (!parsed.success) throw malformed('The path does not name an API credential.', parsed.issues);
      event.apiCredential = parsed.output;
      event.summary.credential = credentialPath(parsed.output);
    },
  };
}
