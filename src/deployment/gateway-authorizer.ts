import type { Resources } from './template.ts';

const AUTHORIZER = 'AWS::ApiGatewayV2::Authorizer';
const ROUTE = 'AWS::ApiGatewayV2::Route';

/**
 * Gives the gateway's JWT authorizer its audiences, or takes it away. It knows RSA only, and always reads the issuer's
 * discovery document: docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export function withAuthorizer(
  resources: Resources,
  { isOn, audiences }: Readonly<{ isOn: boolean; audiences: readonly string[] }>,
): Resources {
  const changed = Object.entries(resources).flatMap(([id, resource]): [string, Resources[string]][] => {
    const { Type, Properties } = resource;
    if (Type === AUTHORIZER) {
      if (!isOn) return [];
      // One audience stays as serverless.yml has it.
      if (audiences.length < 2) return [[id, resource]];
      const JwtConfiguration = { ...Object(Properties.JwtConfiguration), Audience: audiences };
      return [[id, { ...resource, Properties: { ...Properties, JwtConfiguration } }]];
    }
    if (Type === ROUTE && !isOn && Properties.AuthorizationType === 'JWT') {
      const { AuthorizerId: _authorizer, ...others } = Properties;
      return [[id, { ...resource, Properties: { ...others, AuthorizationType: 'NONE' } }]];
    }
    return [[id, resource]];
  });
  return Object.fromEntries(changed);
}
