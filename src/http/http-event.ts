import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { ApiCredential } from '../rotation/api-credential.ts';
import type { Rotation } from '../rotation/rotation.ts';
import type { Caller } from './auth/token-verifier.ts';
import type { ProblemCode } from './problems/problem-registry.ts';

/** What the request's one summary line and its metrics tell. Each step adds what it has learned. */
export type Summary = {
  caller?: { subject: string; clientId?: string };
  credential?: string;
  /** A rotation was begun by this request, and this is how it ended. */
  rotation?: { id: string; status: Rotation['status']; level: ApiCredential['level'] };
  upstream?: { status?: number; durationMs: number; attempts: number };
  problem?: ProblemCode;
};

/** API Gateway's event (HTTP API, payload 2.0) with the request's summary. */
export type HttpEvent = APIGatewayProxyEventV2 & { summary: Summary };

/** The event after `authenticate`. */
export type AuthenticatedEvent = HttpEvent & { caller: Caller };

/** The event after `parseCredential`. */
export type CredentialEvent = AuthenticatedEvent & { apiCredential: ApiCredential };

/** What a caller asks of a rotation. */
export type RotateRequest = Readonly<{ reason?: string; force: boolean; idempotencyKey?: string }>;

/** The event after `parseRotateRequest`. */
export type RotateEvent = CredentialEvent & { rotateRequest: RotateRequest };

export type HttpResponse = APIGatewayProxyStructuredResultV2;

/** A header's value whatever the case of its name, or `undefined`. API Gateway gives lower case; others may not. */
export function headerOf(event: APIGatewayProxyEventV2, name: string): string | undefined {
  return Object.entries(event.headers).find(([key]) => key.toLowerCase() === name)?.[1];
}
