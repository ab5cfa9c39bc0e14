import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { BUS_EVENTS } from '../rotation/lifecycle.ts';
import { eventJsonSchemas } from './json-schemas.ts';

const folder = new URL('schemas/', import.meta.url);
const schemas = eventJsonSchemas();

describe('the JSON Schemas of the events', () => {
  it('exist for each incoming and outgoing event, and for no other event', async () => {
    expect(Object.keys(schemas).sort()).toEqual([...BUS_EVENTS, 'ApiKeyDue', 'RotateApiKey'].sort());
    const files = await readdir(folder);
    expect(files.sort()).toEqual(
      Object.keys(schemas)
        .map((name) => `${name}.json`)
        .sort(),
    );
  });

  it.each(Object.entries(schemas))('are the schemas that the code checks: %s', async (name, schema) => {
    expect(JSON.parse(await readFile(new URL(`${name}.json`, folder), 'utf8'))).toEqual(schema);
  });

  it.each(Object.entries(schemas))('have a description and allow no additional field: %s', (name, schema) => {
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: name,
      description: expect.stringMatching(/\.$/),
      additionalProperties: false,
    });
  });
});
