import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { EVENT_SCHEMAS } from './event-details.ts';
import { RotateApiKeySchema } from './read-event.ts';

const DESCRIPTIONS = {
  RotateApiKey: 'Asks Keyturn for a new key of an API credential that has a managed secret.',
  ApiKeyIssued: 'A new key is in its managed secret, as AWSPENDING. It is not usable yet.',
  ApiKeyRotated:
    'The new key was seen working and is AWSCURRENT now. The key before ends at previousKeyExpiresAt.',
  ApiKeyRotationFailed: 'No key was made. The key in use is as it was.',
  ApiKeyRotationUnknown:
    'A key may have been made that nobody has seen. The key in use works for 24 hours more at least.',
  ApiKeyRotationStalled:
    'The new key was never seen working and is not promoted. The key in use ends at previousKeyExpiresAt.',
  ApiKeyDisplaced:
    'The key in use does not work any more: somebody has generated another one. One new rotation follows.',
} as const;

/** The JSON Schemas (draft 2020-12) of the `detail` of every event in and out, by detail-type. */
export function eventJsonSchemas(): Record<string, object> {
  const schemas: Record<keyof typeof DESCRIPTIONS, v.GenericSchema> = {
    RotateApiKey: RotateApiKeySchema,
    ...EVENT_SCHEMAS,
  };
  return Object.fromEntries(
    Object.entries(schemas).map(([title, schema]) => {
      const { $schema, ...rest } = toJsonSchema(schema, {
        // What a schema only checks in code is said in words there.
        errorMode: 'ignore',
        target: 'draft-2020-12',
      });
      const description = DESCRIPTIONS[title as keyof typeof DESCRIPTIONS];
      return [title, { $schema, title, description, ...rest }];
    }),
  );
}
