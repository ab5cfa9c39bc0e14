import httpSecurityHeaders from '@middy/http-security-headers';
import type { ContentSecurityPolicy } from './static/page-policy.ts';

/** For an API: a browser must not run anything in a response. The middleware adds `sandbox`. */
const NOTHING: ContentSecurityPolicy = { 'default-src': "'none'", 'require-trusted-types-for': '' };

// The middleware leaves a directive out if it is undefined, which its type does not know.
const leftOut = undefined as unknown as string;

/**
 * The usual security headers that matter for an API: a browser must not run, frame or sniff a response.
 *
 * @param policy that of a page, in place of the API's
 */
export function securityHeaders(policy?: ContentSecurityPolicy) {
  // A page in a sandbox has no origin and runs no script. And all that a page on https loads from itself is on https.
  const ofPage = policy && { ...policy, sandbox: leftOut, 'upgrade-insecure-requests': leftOut };
  return httpSecurityHeaders({
    contentSecurityPolicy: { ...(ofPage ?? NOTHING), 'report-to': '' },
    crossOriginEmbedderPolicy: false,
    dnsPrefetchControl: false,
    downloadOptions: false,
    originAgentCluster: false,
    permissionsPolicy: false,
    permittedCrossDomainPolicies: false,
  });
}
