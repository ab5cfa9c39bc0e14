declare module 'dynalite' {
  import type { Server } from 'node:http';
  /** An embedded DynamoDB, in memory. `createTableMs` is how long a table stays in CREATING. */
  export default function dynalite(options: { createTableMs: number }): Server;
}

declare module 'dynalite/validations/query.js' {
  /** What is wrong with a `Query`, as the message of a `ValidationException`. */
  type Validate = (
    query: { ExpressionAttributeValues?: Record<string, { S?: string }> },
    store: unknown,
  ) => string | undefined;
  const validations: { custom: Validate };
  export default validations;
}
