/** Not a stage, but what all stages have. */
const DEFAULTS = 'default';

/**
 * Says what is wrong with a stage, or undefined. A stage must be under `params` in serverless.yml: with an unknown one
 * the framework would deploy with the defaults.
 */
export function checkStage(stage: string, params: readonly string[]): string | undefined {
  const stages = params.filter((name) => name !== DEFAULTS);
  if (stages.includes(stage)) return undefined;
  return `Unknown stage "${stage}". The stages are ${stages.join(', ')}. Another one needs an entry under params in serverless.yml.`;
}
