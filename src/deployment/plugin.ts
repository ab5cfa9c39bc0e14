import * as v from 'valibot';
import { checkSettings } from './check-settings.ts';
import { checkStage } from './check-stage.ts';
import { withDashboard } from './dashboard/dashboard.ts';
import { encryptWith, KeysSchema } from './encrypt-with.ts';
import { allowNetworkInterfaces, NetworkSchema, vpcConfig } from './network.ts';
import { resourcesBySettings } from './resources-by-settings.ts';
import { FunctionsSchema, ResourcesSchema } from './template.ts';

/** The parts of the framework's instance that this plugin reads and changes. */
const FrameworkSchema = v.looseObject({
  configurationInput: v.looseObject({ params: v.record(v.string(), v.unknown()) }),
  processedInput: v.looseObject({ commands: v.array(v.string()) }),
  service: v.looseObject({
    functions: FunctionsSchema,
    service: v.string(),
    custom: v.looseObject({ keys: KeysSchema, network: NetworkSchema, runbookUrl: v.string() }),
    provider: v.looseObject({ stage: v.string() }),
  }),
});

/** The commands that package. */
const PACKAGING: readonly (string | undefined)[] = ['package', 'deploy'];

type Framework = Readonly<{
  service: { provider: { vpc?: unknown; compiledCloudFormationTemplate: { Resources: unknown } } };
  classes: { Error: new (message: string, code: string) => Error };
}>;

/**
 * The framework's plugin for what YAML cannot say: it refuses an unknown stage and bad settings, and puts into the template
 * what they need: access to AppConfig, the gateway's authorizer, customer-managed keys, a network; and the dashboard.
 */
// biome-ignore lint/style/noDefaultExport: the framework takes the plugin from the default export
export default function plugin(framework: Framework) {
  const { provider } = framework.service;
  /** Throws an error without a stack trace, since it is the operator's to fix. */
  const refuse = (problem: string): never => {
    throw new framework.classes.Error(problem, 'KEYTURN_DEPLOYMENT');
  };
  const read = () => {
    const parsed = v.safeParse(FrameworkSchema, framework);
    if (parsed.success) return parsed.output;
    const [{ message }] = parsed.issues;
    return refuse(`${v.getDotPath(parsed.issues[0])} in serverless.yml: ${message}`);
  };
  const orRefuse = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      return refuse(error instanceof Error ? error.message : String(error));
    }
  };
  return {
    hooks: {
      initialize() {
        const { configurationInput, processedInput, service } = read();
        const problem =
          checkStage(service.provider.stage, Object.keys(configurationInput.params)) ??
          (PACKAGING.includes(processedInput.commands[0]) ? checkSettings(service.functions) : undefined);
        if (problem) refuse(problem);
        provider.vpc = vpcConfig(service.custom.network);
      },
      'after:aws:package:finalize:mergeCustomProviderResources'() {
        const { custom, service, provider: named } = read().service;
        const template = provider.compiledCloudFormationTemplate;
        const resources = orRefuse(() => resourcesBySettings(framework.service));
        const encrypted = encryptWith(custom.keys, v.parse(ResourcesSchema, resources));
        const complete = vpcConfig(custom.network) ? allowNetworkInterfaces(encrypted) : encrypted;
        template.Resources = withDashboard(complete, `${service}-${named.stage}`, custom.runbookUrl);
      },
    },
  };
}
