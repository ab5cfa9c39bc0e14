import { openApiDocument } from '../http/openapi.ts';

console.log(JSON.stringify(openApiDocument(), null, 2));
