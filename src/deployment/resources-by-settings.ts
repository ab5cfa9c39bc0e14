import * as v from 'valibot';
import { entries } from '../config/entries.ts';
import { appConfigResources, withAppConfigAccess } from './app-config.ts';
import { CompiledTemplateSchema } from './compiled-template.ts';
import { checkEnvironmentSize } from './environment-size.ts';
import { withAuthorizer } from './gateway-authorizer.ts';
import type { Resources } from './template.ts';

const onOrOff = v.picklist(['on', 'off'], 'must be "on" or "off"');

/** The parts of the framework's instance that this plugin reads and changes. */
const ServiceSchema = v.looseObject({
  service: v.string(),
  provider: v.looseObject({
    stage: v.string(),
    compiledCloudFormationTemplate: CompiledTemplateSchema,
  }),
  custom: v.looseObject({
    runbookUrl: v.string(),
    settings: v.object({
      appConfig: onOrOff,
      // Empty: on, unless the discovery document, which the authorizer would read, is not to be used.
      gatewayAuthorizer: v.union([v.literal(''), onOrOff], 'must be "on" or "off"'),
      oidcAudience: v.string(),
      oidcJwksUri: v.string(),
    }),
  }),
});

/** The resources of the template as the settings need them. Throws an error that says which setting is wrong. */
export function resourcesBySettings(input: unknown): Resources {
  const parsed = v.safeParse(ServiceSchema, input);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new Error(`${v.getDotPath(issue)} in serverless.yml ${issue.message}`);
  }
  const { service, provider, custom } = parsed.output;
  const { stage, compiledCloudFormationTemplate: template } = provider;
  const tooLarge = checkEnvironmentSize(template);
  if (tooLarge !== undefined) throw new Error(tooLarge);

  const { appConfig, gatewayAuthorizer, oidcAudience, oidcJwksUri } = custom.settings;
  const names = { application: `${service}-${stage}`, environment: stage };
  const stack = appConfig === 'on' ? names : undefined;
  const audiences = v.safeParse(entries.callers.OIDC_AUDIENCE, oidcAudience);
  return {
    ...withAuthorizer(withAppConfigAccess(template, stack, custom.runbookUrl), {
      isOn: gatewayAuthorizer === '' ? oidcJwksUri === '' : gatewayAuthorizer === 'on',
      audiences: audiences.success ? audiences.output : [],
    }),
    ...(stack && appConfigResources(stack)),
  };
}
