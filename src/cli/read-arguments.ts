import * as v from 'valibot';

/** Reads arguments by their schema. Throws an error that names each wrong one. */
export function readWith<Schema extends v.GenericSchema>(
  schema: Schema,
  values: unknown,
): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, values);
  if (parsed.success) return parsed.output;
  throw new Error(parsed.issues.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`).join('\n'));
}

/** The table and the bus that the environment names. Throws an error if one is missing. */
export function readTableAndBus({ AUDIT_TABLE_NAME, EVENT_BUS_NAME }: NodeJS.ProcessEnv) {
  if (!AUDIT_TABLE_NAME || !EVENT_BUS_NAME)
    throw new Error('AUDIT_TABLE_NAME and EVENT_BUS_NAME are required.');
  return { tableName: AUDIT_TABLE_NAME, eventBusName: EVENT_BUS_NAME };
}
