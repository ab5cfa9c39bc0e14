import * as v from 'valibot';
import { entries } from '../config/entries.ts';
import type { Functions } from './template.ts';

const SETTINGS: Readonly<Record<string, v.GenericSchema>> = Object.assign({}, ...Object.values(entries));

/**
 * Says which settings of the functions are missing or bad, or undefined. Otherwise each function would refuse to start
 * after the deployment. A value that CloudFormation fills in is not judged, and no value is quoted: it may be a secret in
 * the wrong place.
 */
export function checkSettings(functions: Functions): string | undefined {
  const faults = Object.values(functions).flatMap(({ environment }) =>
    Object.entries(environment).flatMap(([name, value]) => faultsOf(name, value)),
  );
  if (faults.length === 0) return undefined;
  return `Keyturn cannot be packaged: ${[...new Set(faults)].join('; ')}. The settings are in src/deployment/README.md.`;
}

function faultsOf(name: string, value: unknown): string[] {
  const schema = SETTINGS[name];
  if (!schema || typeof value === 'object') return [];
  const { issues = [] } = v.safeParse(schema, value === '' ? undefined : String(value));
  return issues.map(({ message }) => `${name} ${message}`);
}
