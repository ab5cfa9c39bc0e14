/** Longer than API Gateway waits for a function (ms). */
const TIMEOUT_MS = 35_000;

export type Request = Readonly<{
  path: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}>;
export type Seen = Readonly<{ status: number; headers: Headers; body: unknown }>;
export type Ask = (request: Request) => Promise<Seen>;

/** Makes the requests to one Keyturn. A request that gets no response throws the error of `fetch`. */
export function askAt(baseUrl: string): Ask {
  return async ({ path, ...request }) => {
    const response = await fetch(`${baseUrl}${path}`, {
      ...request,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parsed(text) };
  };
}

/** The address of a Keyturn, without a slash at the end. Throws an error if a token would cross a network in the clear. */
export function readBaseUrl(text: string): string {
  const url = URL.parse(text);
  const isLocal = url?.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url?.protocol !== 'https:' && !isLocal) throw new Error('--url must be an https URL.');
  return text.replace(/\/+$/, '');
}

/** The reason of an error: `fetch failed` has it in its cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
