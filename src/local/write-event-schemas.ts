import { writeFile } from 'node:fs/promises';
import { eventJsonSchemas } from '../event-bus/json-schemas.ts';

/** Writes the JSON Schemas of the events anew: `npm run schemas`. */
for (const [name, schema] of Object.entries(eventJsonSchemas())) {
  const file = new URL(`../event-bus/schemas/${name}.json`, import.meta.url);
  await writeFile(file, `${JSON.stringify(schema, null, 2)}\n`);
}
