import { type CompiledTemplate, functionsOf } from './compiled-template.ts';

/** docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MOST_BYTES = 4 * 1024;
/** A name that CloudFormation makes, of the stack, the logical id and twelve characters. */
const GENERATED_NAME = 'x'.repeat(64);
/** The settings that may be long, and that AppConfig may hold. */
const LONG_SETTINGS = ['CALLER_GRANTS', 'MANAGED_SECRETS'];

/**
 * Says which functions have more settings than Lambda allows, or undefined. Lambda measures the JSON text of all variables
 * of a function, in which a quotation mark takes two bytes (github.com/github-aws-runners/terraform-aws-github-runner,
 * issue 3594, has its error message).
 */
export function checkEnvironmentSize(template: CompiledTemplate): string | undefined {
  const tooLarge = functionsOf(template)
    .map(({ id, settings }) => ({ id, settings, bytes: bytesOf(settings) }))
    .filter(({ bytes }) => bytes > MOST_BYTES);
  const [largest] = tooLarge.toSorted((one, other) => other.bytes - one.bytes);
  if (!largest) return undefined;
  const sizes = LONG_SETTINGS.map((name) => [name, bytesOf({ [name]: largest.settings[name] ?? '' })]).map(
    ([name, bytes]) => `${name} ${bytes}`,
  );
  const functions = tooLarge.map(({ id }) => id.replace(/LambdaFunction$/, '')).join(', ');
  return (
    `The settings do not fit into Lambda's ${MOST_BYTES} bytes for all variables of a function: ` +
    `${largest.bytes} bytes at most (${sizes.join(', ')}), in ${functions}. ` +
    'Put CALLER_GRANTS or MANAGED_SECRETS into AppConfig: src/deployment/README.md says how.'
  );
}

function bytesOf(settings: Readonly<Record<string, string | undefined>>): number {
  const variables = Object.entries(settings).map(([name, value]) => [name, value ?? GENERATED_NAME]);
  return Buffer.byteLength(JSON.stringify(Object.fromEntries(variables)));
}
