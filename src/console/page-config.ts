/** What the page must know to let people log in: `GET /console/config.json`. Nothing in it is secret. */
export type PageConfig = Readonly<{
  issuer: string;
  clientId: string;
  /** The audiences that a token may be for. The first is the one that the page asks for. */
  audiences: readonly string[];
  scopes: string;
  version: string;
}>;
