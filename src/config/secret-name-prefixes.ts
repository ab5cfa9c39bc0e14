import type { ManagedSecretsConfig } from './managed-secrets.ts';

/**
 * The beginnings of the names of all managed secrets, as far as the configuration fixes them. None of them begins with
 * another, so that no secret is found twice. An empty one stands for every name.
 */
export function secretNamePrefixes(config: ManagedSecretsConfig): string[] {
  const prefixes = new Set(config.map(({ template }) => prefixOf(template)));
  return [...prefixes].filter(
    (prefix) => ![...prefixes].some((other) => other !== prefix && prefix.startsWith(other)),
  );
}

function prefixOf(template: string): string {
  const [fixed = '', ...placeholders] = template.split('{');
  if (!fixed.startsWith('arn:')) return fixed;
  const [, name = ''] = fixed.split(':secret:');
  // An ARN ends with a hyphen and six characters that are not part of the name.
  return placeholders.length > 0 ? name : name.replace(/-[A-Za-z0-9]{6}$/, '');
}
