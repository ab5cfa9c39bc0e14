import type { InferOutput } from 'valibot';
import type { CheckResponse } from '../../http/check/check-response.ts';
import type { RotationDetail, RotationListSchema } from '../../http/history/rotation-detail.ts';
import { isProblemCode, PROBLEMS } from '../../http/problems/problem-registry.ts';
import type { DryRunResponse } from '../../http/rotate/dry-run-response.ts';
import { type ApiCredential, credentialPath } from '../../rotation/api-credential.ts';
import type { KeyState, KeyStateListSchema } from '../../rotation/key-state-schema.ts';

/** Why something could not be done, in words for a person. */
export type Problem = Readonly<{
  title: string;
  detail?: string | undefined;
  /** What to do about it. */
  next?: string | undefined;
  status?: number;
  code?: string;
  requestId?: string | undefined;
  /** Seconds. */
  retryAfter?: number | undefined;
}>;

/** Thrown by every call that did not succeed. */
export class ProblemError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.title);
    this.problem = problem;
  }
}

export type KeyStateList = InferOutput<typeof KeyStateListSchema>;
export type RotationList = InferOutput<typeof RotationListSchema>;

/** The public API, as far as the console uses it. */
export type Api = ReturnType<typeof createApi>;

/**
 * Makes the client of the API that this page comes from.
 *
 * @param onExpired called when the API no longer accepts the token
 */
export function createApi(token: string, onExpired: () => void) {
  // The page is at `…/console`, the API beside it, whatever is before.
  const base = location.pathname.replace(/\/console\/?$/, '');

  async function send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...init.headers, Authorization: `Bearer ${token}` };
    const response = await fetch(`${base}/v1/${path}`, { ...init, headers, cache: 'no-store' }).catch(() => {
      throw new ProblemError({
        title: 'Keyturn cannot be reached',
        next: 'Check the network, then try again.',
      });
    });
    if (response.ok) return response;
    if (response.status === 401) onExpired();
    throw new ProblemError(await problemOf(response));
  }

  // The API's own tests and its OpenAPI document say that a body has this type.
  const read = async <T>(path: string, init?: RequestInit) => (await (await send(path, init)).json()) as T;

  const post = (body: object, headers: Record<string, string> = {}): RequestInit => ({
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

  return {
    listKeys: (cursor?: string, signal?: AbortSignal) =>
      read<KeyStateList>(
        `apiCredentials?limit=100${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
        signal ? { signal } : {},
      ),
    getKey: (credential: ApiCredential) => read<KeyState>(credentialPath(credential)),
    listRotations: (credential: ApiCredential, cursor?: string) =>
      read<RotationList>(
        `${credentialPath(credential)}/rotations?limit=20${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      ),
    getRotation: (id: string) => read<RotationDetail>(`rotations/${encodeURIComponent(id)}`),
    dryRun: (credential: ApiCredential) =>
      read<DryRunResponse>(`${credentialPath(credential)}/generateApiKey`, post({ dryRun: true })),
    check: (credential: ApiCredential) =>
      read<CheckResponse>(`${credentialPath(credential)}/check`, post({})),
    /** Rotates. The response has the new key, so its body is thrown away unread: the key is no value in this page. */
    async rotate(credential: ApiCredential, reason: string, idempotencyKey: string): Promise<void> {
      const init = post({ reason }, { 'Idempotency-Key': idempotencyKey });
      const response = await send(`${credentialPath(credential)}/generateApiKey`, init);
      await response.body?.cancel();
    },
  };
}

/** What the envelope of an error says. API Gateway's own errors have only a `message`. */
async function problemOf(response: Response): Promise<Problem> {
  const body: Record<string, unknown> = Object(await response.json().catch(() => undefined));
  const text = (name: string) => (typeof body[name] === 'string' ? body[name] : undefined);
  const code = text('code') ?? '';
  const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN);
  return {
    title:
      text('title') ?? (response.status === 401 ? 'You are no longer logged in' : `HTTP ${response.status}`),
    detail: text('detail') ?? text('message'),
    next: isProblemCode(code) ? PROBLEMS[code].next : undefined,
    status: response.status,
    code,
    requestId: text('requestId') ?? response.headers.get('X-Request-Id') ?? undefined,
    retryAfter: Number.isFinite(retryAfter) ? retryAfter : undefined,
  };
}
