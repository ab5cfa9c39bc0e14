declare module 'dynalite' {
  import type { Server } from 'node:http';
  /** An embedded DynamoDB, in memory. `createTableMs`: how long a new table stays in the state CREATING. */
  export default function dynalite(options: { createTableMs: number }): Server;
}

declare module 'dynalite/validations/query.js' {
  /** Checks a `Query` and returns the message of a `ValidationException`, or `undefined` if the query is valid. */
  type Validate = (
    query: { ExpressionAttributeValues?: Record<string, { S?: string }> },
    store: unknown,
  ) => string | undefined;
  const validations: { custom: Validate };
  export default validations;
}
