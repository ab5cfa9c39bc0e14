/** A file of a site: its content, and how a browser may keep it. */
export type SiteFile = Readonly<{
  contentType: string;
  /** SHA-256 of the content. The `ETag` of each encoding starts with it. */
  hash: string;
  /** The name changes with the content, so that a browser need never ask again. */
  isImmutable: boolean;
  /** The content in each encoding, in Base64: as API Gateway wants it. */
  brotli: string;
  gzip: string;
}>;

/** The files of a site by name, as a function's bundle holds them. The page has the name `''`. */
export type Site = Readonly<Record<string, SiteFile>>;
