import type { UpstreamResponse } from './send.ts';

/** Adyen may redirect (308) to another of its hosts. One redirect is followed; a second 308 is a response like any other. */
export async function followOne308(
  call: (url: URL) => Promise<UpstreamResponse>,
  url: URL,
): Promise<UpstreamResponse> {
  const response = await call(url);
  if (response.kind !== 'responded' || response.status !== 308) return response;
  const location = response.header('location');
  const target = location ? adyenUrl(location, url) : undefined;
  return target ? call(target) : response;
}

/** The redirect's target, if it may get the key: https on a host below adyen.com, on the usual port. */
export function adyenUrl(location: string, base: URL): URL | undefined {
  const url = URL.parse(location, base.href);
  const allowed =
    url?.protocol === 'https:' &&
    url.hostname.endsWith('.adyen.com') &&
    url.port === '' &&
    url.username === '' &&
    url.password === '';
  return allowed ? url : undefined;
}
