import httpSecurityHeaders from '@middy/http-security-headers';

/** The usual security headers, as far as they mean something for an API: a browser must run, frame and guess nothing of it. */
export function securityHeaders() {
  return httpSecurityHeaders({
    contentSecurityPolicy: { 'default-src': "'none'", 'report-to': '', 'require-trusted-types-for': '' },
    crossOriginEmbedderPolicy: false,
    dnsPrefetchControl: false,
    downloadOptions: false,
    originAgentCluster: false,
    permissionsPolicy: false,
    permittedCrossDomainPolicies: false,
  });
}
