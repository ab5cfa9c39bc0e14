import axios from 'axios';
import type { FetchDocument } from './token-verifier.ts';

const TIMEOUT_MS = 3_000;
const MAX_BYTES = 512 * 1024;

/** Makes the reader of the token issuer's public documents. It follows no redirect and retries once, at once. */
export function createFetchDocument(): FetchDocument {
  const client = axios.create({
    maxRedirects: 0,
    maxContentLength: MAX_BYTES,
    proxy: false,
    responseType: 'arraybuffer',
  });
  const get = async (url: string) => {
    try {
      const { data } = await client.get<Buffer>(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      return new Uint8Array(data).buffer;
    } catch (error) {
      const reason = axios.isAxiosError(error) ? (error.response?.status ?? error.code) : undefined;
      throw new Error(`GET ${url} failed: ${reason ?? 'no response'}`);
    }
  };
  return (url) => get(url).catch(() => get(url));
}
