import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { httpEvent } from '../../../test/support/http-event.ts';
import type { HttpResponse } from '../http-response.ts';
import { hashedName } from './hashed-name.ts';
import { packSite } from './pack-site.ts';
import { createSiteEndpoint } from './site-endpoint.ts';

const PAGE = '<!doctype html><title>Page</title>';
const SCRIPT = 'console.log("script");'.repeat(100);
const SCRIPT_NAME = hashedName('main.js', SCRIPT);
const endpoint = createSiteEndpoint(packSite({ '': PAGE, [SCRIPT_NAME]: SCRIPT }));

const get = (file: string | undefined, headers: Record<string, string> = {}) =>
  endpoint(httpEvent('GET /page/{file}', { headers, pathParameters: file === undefined ? {} : { file } }));

const bytesOf = ({ body = '' }: HttpResponse) => Buffer.from(body, 'base64');

it('serves the page with its type, and lets a browser ask whether it is still the same', () => {
  const response = get(undefined);
  expect(response).toMatchObject({
    statusCode: 200,
    isBase64Encoded: true,
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-cache' },
  });
  expect(response.headers).not.toHaveProperty('Content-Encoding');
  expect(bytesOf(response).toString()).toBe(PAGE);
});

it('lets a browser keep every other file for ever', () => {
  expect(get(SCRIPT_NAME).headers).toMatchObject({
    'Content-Type': 'text/javascript; charset=utf-8',
    'Cache-Control': 'public, max-age=31536000, immutable',
  });
});

it.each([
  ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
  ['gzip;q=1.0, BR;q=0', 'gzip', gunzipSync],
  ['*', 'br', brotliDecompressSync],
])('compresses for a client that accepts %j: %s', (accepted, encoding, decompress) => {
  const response = get(SCRIPT_NAME, { 'accept-encoding': accepted });
  expect(response.headers).toMatchObject({ 'Content-Encoding': encoding, Vary: 'Accept-Encoding' });
  expect(bytesOf(response).length).toBeLessThan(SCRIPT.length / 10);
  expect(decompress(bytesOf(response)).toString()).toBe(SCRIPT);
});

it.each(['deflate', 'gzip;q=0, br;q=0.000', ''])(
  'compresses nothing for a client that accepts %j',
  (accepted) => {
    const response = get(SCRIPT_NAME, { 'accept-encoding': accepted });
    expect(response.headers).not.toHaveProperty('Content-Encoding');
    expect(bytesOf(response).toString()).toBe(SCRIPT);
  },
);

it('sends no body to a client that has the file, in the same encoding', () => {
  const { headers = {} } = get(undefined, { 'accept-encoding': 'br' });
  const known = { 'if-none-match': `"other", ${headers.ETag}` };
  const again = get(undefined, { 'accept-encoding': 'br', ...known });
  expect(again).toMatchObject({
    statusCode: 304,
    headers: { ETag: headers.ETag, 'Cache-Control': 'no-cache' },
  });
  expect(again).not.toHaveProperty('body');
  expect(get(undefined, { 'accept-encoding': 'gzip', ...known }).statusCode).toBe(200);
});

it('lets no browser keep a file for ever whose name would stay when its content changes', () => {
  expect(() => packSite({ 'main-0123.js': SCRIPT })).toThrow('no hash of its content');
});

it.each(['other.js', 'constructor', '../page'])('knows no file %j', (file) => {
  expect(() => get(file)).toThrow(expect.objectContaining({ code: 'not-found' }));
});
