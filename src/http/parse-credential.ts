import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as v from 'valibot';
import { type ApiCredential, ApiCredentialSchema, credentialPath } from '../rotation/api-credential.ts';
import type { Permitted, Scope } from './auth/scope.ts';
import { malformed } from './problems/malformed.ts';
import { summaryOf } from './request-summary.ts';

/** A caller that has the scope for an operation, and the API credential that the request's path names. */
export type Target<S extends Scope = Scope> = Readonly<{ caller: Permitted<S>; credential: ApiCredential }>;

/**
 * Reads the API credential in the path. API Gateway has decoded the parameters; they are not decoded a second time.
 * Throws `malformed-request`.
 */
export function parseCredential<S extends Scope>(
  event: APIGatewayProxyEventV2,
  caller: Permitted<S>,
): Target<S> {
  const parsed = v.safeParse(ApiCredentialSchema, event.pathParameters ?? {});
  if (!parsed.success) throw malformed('The path does not name an API credential.', 'path', parsed.issues);
  summaryOf(event).credential = credentialPath(parsed.output);
  return { caller, credential: parsed.output };
}
