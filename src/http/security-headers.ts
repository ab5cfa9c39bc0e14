import httpSecurityHeaders from '@middy/http-security-headers';

/** The usual security headers that matter for an API: a browser must not run, frame or sniff a response. */
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
