/** Who sends a request, as its bearer token says. */
export type Caller = Readonly<{
  subject: string;
  clientId?: string;
  scopes: ReadonlySet<string>;
}>;
