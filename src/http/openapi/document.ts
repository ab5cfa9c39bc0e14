import { VERSION } from '../../version.ts';
import { componentSchemas } from './components.ts';
import { HEADERS } from './headers.ts';
import { PATHS, TAGS } from './paths.ts';

/** The OpenAPI 3.1 document of the API, made from the schemas that validate its requests. */
export function openApiDocument() {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Keyturn',
      version: VERSION,
      description:
        'Rotates Adyen API keys for callers that must not hold the management credential. Every error has a `code`, and [a page for each code](/problems) says what it means for the key and what to do. [This document](/openapi.json) is for programs. [Front page](/).',
      contact: { name: 'The team that runs this Keyturn' },
      license: { name: 'Proprietary', identifier: 'LicenseRef-Proprietary' },
    },
    servers: [{ url: '/', description: 'The server of this document.' }],
    tags: TAGS,
    paths: PATHS,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'An access token of the OpenID Connect issuer, with the scopes of the operation.',
        },
      },
      headers: HEADERS,
      schemas: componentSchemas(),
    },
  };
}
