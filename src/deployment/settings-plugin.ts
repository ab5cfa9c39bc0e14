import { resourcesBySettings } from './resources-by-settings.ts';

type Framework = Readonly<{
  service: { provider: { compiledCloudFormationTemplate: { Resources: unknown } } };
  classes: { Error: new (message: string, code: string) => Error };
}>;

/**
 * The framework's plugin for what the template owes to settings: access to AppConfig, the gateway's authorizer, and
 * Lambda's limit.
 */
// biome-ignore lint/style/noDefaultExport: the framework takes the plugin from the default export
export default function settingsPlugin(framework: Framework) {
  return {
    hooks: {
      'after:aws:package:finalize:mergeCustomProviderResources'() {
        try {
          const resources = resourcesBySettings(framework.service);
          framework.service.provider.compiledCloudFormationTemplate.Resources = resources;
        } catch (error) {
          // Without a stack trace, since it is the operator's to fix.
          const problem = error instanceof Error ? error.message : String(error);
          throw new framework.classes.Error(problem, 'KEYTURN_SETTINGS');
        }
      },
    },
  };
}
