import type { UpstreamResponse } from './send.ts';

/** Adyen may answer 308 to another of its hosts: that one is asked once, and a second 308 is an answer like any other. */
export async function followOne308(
  call: (url: URL) => Promise<UpstreamResponse>,
  url: URL,
): Promise<UpstreamResponse> {
  const exchange = await call(url);
  if (exchange.kind !== 'answered' || exchange.status !== 308) return exchange;
  const location = exchange.header('location');
  const target = location ? adyenUrl(location, url) : undefined;
  return target ? call(target) : exchange;
}

/** The redirect's target, if the key may be shown to it: https on a host below adyen.com, on the usual port. */
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
