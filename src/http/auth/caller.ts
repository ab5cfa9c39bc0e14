/** Who sends a request, as its bearer token says. */
export type Caller = Readonly<{
  subject: string;
  clientId?: string;
  /** The names under which `CALLER_GRANTS` may have grants for this token. */
  grantees: readonly string[];
  scopes: ReadonlySet<string>;
}>;
