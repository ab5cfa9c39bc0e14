import { openApiDocument } from '../http/openapi/document.ts';

console.log(JSON.stringify(openApiDocument(), null, 2));
