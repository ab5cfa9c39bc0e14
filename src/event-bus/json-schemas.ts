import { toJsonSchema } from '@valibot/to-json-schema';
import { API_KEY_DUE } from './api-key-due.ts';
import { BUS_EVENT_DEFINITIONS } from './bus-events.ts';
import { RotateApiKeySchema } from './rotate-api-key.ts';

/** Every event in and out, by detail-type: what it means, and the schema of its `detail`. */
export const EVENT_DEFINITIONS = {
  RotateApiKey: {
    description: 'Asks Keyturn for a new key of an API credential that has a managed secret.',
    schema: RotateApiKeySchema,
  },
  ...BUS_EVENT_DEFINITIONS,
  ApiKeyDue: API_KEY_DUE,
} as const;

/** The JSON Schemas (draft 2020-12) of the `detail` of every event in and out, by detail-type. */
export function eventJsonSchemas(): Record<string, object> {
  return Object.fromEntries(
    Object.entries(EVENT_DEFINITIONS).map(([title, { description, schema }]) => {
      const { $schema, ...rest } = toJsonSchema(schema, {
        typeMode: 'input',
        // A check that only code can make is described in words.
        errorMode: 'ignore',
        target: 'draft-2020-12',
      });
      return [title, { $schema, title, description, ...rest }];
    }),
  );
}
