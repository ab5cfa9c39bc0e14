import { gunzipSync } from 'node:zlib';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { HttpResponse } from '../http-response.ts';
import { ProblemError } from '../problems/problem.ts';
import { requestHeader } from '../request-header.ts';
import { chooseEncoding, type Encoding } from './choose-encoding.ts';
import type { Site, SiteFile } from './site.ts';

/** A browser may keep a page, but asks each time whether it is still the same: a new version is seen at once. */
const REVALIDATE = 'no-cache';
/** RFC 8246, and a year, which RFC 9111 has as "for ever". */
const FOR_EVER = 'public, max-age=31536000, immutable';

/**
 * Makes the operation that serves a site: its page on the route itself, its other files by the path parameter `file`.
 * Throws `not-found` for a file that the site does not have.
 */
export function createSiteEndpoint(site: Site): (event: APIGatewayProxyEventV2) => HttpResponse {
  return (event) => {
    const name = event.pathParameters?.file ?? '';
    const file = Object.hasOwn(site, name) ? site[name] : undefined;
    if (!file) throw new ProblemError('not-found', { detail: 'There is no such file.' });
    const encoding = chooseEncoding(requestHeader(event, 'accept-encoding'));
    // A strong tag is for one representation: RFC 9110, section 8.8.3.3.
    const etag = `"${file.hash}-${encoding}"`;
    const headers = {
      ETag: etag,
      Vary: 'Accept-Encoding',
      'Cache-Control': file.isImmutable ? FOR_EVER : REVALIDATE,
    };
    if (isKnown(etag, requestHeader(event, 'if-none-match'))) return { statusCode: 304, headers };
    return {
      statusCode: 200,
      headers: {
        ...headers,
        'Content-Type': file.contentType,
        ...(encoding !== 'identity' && { 'Content-Encoding': encoding }),
      },
      body: bodyOf(file, encoding),
      isBase64Encoded: true,
    };
  };
}

/** Whether a client says that it has the representation (RFC 9110, section 13.1.2, whose comparison is the weak one). */
function isKnown(etag: string, ifNoneMatch: string | undefined): boolean {
  const known = (ifNoneMatch ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''));
  return known.includes('*') || known.includes(etag);
}

function bodyOf(file: SiteFile, encoding: Encoding): string {
  if (encoding === 'br') return file.brotli;
  if (encoding === 'gzip') return file.gzip;
  // Browsers do not come here, so the bundle does not hold it.
  return gunzipSync(Buffer.from(file.gzip, 'base64')).toString('base64');
}
