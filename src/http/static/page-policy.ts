/** The Content-Security-Policy of a page: its directives, by name. */
export type ContentSecurityPolicy = Readonly<Record<string, string>>;

/**
 * The policy of a page that runs its own scripts and styles, and nothing else: nothing inline, nothing from another host,
 * in no frame, and no text becomes markup.
 *
 * @param connectTo the origins, besides its own, that the page may call
 */
export function pagePolicy(connectTo: readonly string[] = []): ContentSecurityPolicy {
  return {
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self'",
    'img-src': "'self'",
    'connect-src': ["'self'", ...connectTo].join(' '),
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    'require-trusted-types-for': "'script'",
    'trusted-types': "'none'",
  };
}
