import { glob, readFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { eventJsonSchemas } from '../../event-bus/json-schemas.ts';
import { replaceBlocks } from './blocks.ts';
import { permissionsTable } from './permissions-table.ts';
import { eventsTable, lifecycleTable, problemsTable, settingsTable, statesTable } from './tables.ts';

const SCHEMAS = 'src/event-bus/schemas';
/** Written by `npm run bench`. */
const BENCH_RESULTS = 'test/bench/RESULTS.md';

/** The content of each file that is generated from code, by path. A file with `undefined` must not exist. */
export async function generatedFiles(): Promise<Map<string, string | undefined>> {
  return new Map([...(await schemaFiles()), ...(await markdownFiles())]);
}

/** The JSON Schema of each event. The schema of an event that no longer exists must not exist either. */
async function schemaFiles(): Promise<[string, string | undefined][]> {
  const existing = await filesMatching(`${SCHEMAS}/*.json`);
  const schemas = Object.entries(eventJsonSchemas()).map(([name, schema]): [string, string] => [
    `${SCHEMAS}/${name}.json`,
    `${JSON.stringify(schema, null, 2)}\n`,
  ]);
  return [...existing.map((path): [string, undefined] => [path, undefined]), ...schemas];
}

/** Each Markdown file, with up-to-date tables. */
async function markdownFiles(): Promise<[string, string][]> {
  const paths = await filesMatching('**/*.md');
  const readmes = paths.filter((path) => path !== BENCH_RESULTS);
  const permissions = await permissionsTable();
  return Promise.all(
    readmes.map(async (path): Promise<[string, string]> => {
      const blocks = {
        problems: problemsTable(),
        events: eventsTable(relative(dirname(path), SCHEMAS)),
        settings: settingsTable(),
        lifecycle: lifecycleTable(),
        states: statesTable(),
        permissions,
      };
      return [path, replaceBlocks(await readFile(path, 'utf8'), blocks)];
    }),
  );
}

async function filesMatching(pattern: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const path of glob(pattern, { exclude: ['**/node_modules'] })) paths.push(path);
  return paths.sort();
}
