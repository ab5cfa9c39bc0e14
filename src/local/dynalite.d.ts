declare module 'dynalite' {
  import type { Server } from 'node:http';
  /** An embedded DynamoDB, in memory. `createTableMs` is how long a table stays in CREATING. */
  export default function dynalite(options: { createTableMs: number }): Server;
}
