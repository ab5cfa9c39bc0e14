import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { hashInName } from './hashed-name.ts';
import type { Site, SiteFile } from './site.ts';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '': 'text/html; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * Compresses the files of a site as far as it goes. It runs at packaging: a request finds everything ready.
 *
 * @param files content by name. The page has the name `''`; every other name is made by `hashedName`
 * @param quality of Brotli
 */
export function packSite(
  files: Readonly<Record<string, string | Uint8Array>>,
  quality: number = constants.BROTLI_MAX_QUALITY,
): Site {
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [name, pack(name, content, quality)]),
  );
}

function pack(name: string, content: string | Uint8Array, quality: number): SiteFile {
  const contentType = CONTENT_TYPES[extname(name)];
  if (contentType === undefined) throw new Error(`pack-site.ts has no content type for ${name}`);
  const bytes = Buffer.from(content);
  const isImmutable = name !== '';
  if (isImmutable && !name.includes(hashInName(bytes))) {
    throw new Error(`${name} has no hash of its content: browsers would keep an old one for ever`);
  }
  return {
    contentType,
    hash: createHash('sha256').update(bytes).digest('base64url'),
    isImmutable,
    brotli: brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: quality,
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }).toString('base64'),
    gzip: gzipSync(bytes, { level: 9 }).toString('base64'),
  };
}
