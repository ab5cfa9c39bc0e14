import type { Plugin } from 'esbuild';

const REFUSAL = 'this deployment was packaged without a setting in AppConfig: package it again';

/** The environments in serverless.yml: what all functions have, and what each one has besides. */
export type Environments = Readonly<{
  provider: Readonly<{ environment?: object }>;
  functions: Readonly<Record<string, Readonly<{ environment?: object }>>>;
}>;

/**
 * Leaves the client of AppConfig out of the bundles of a deployment that has no setting there: its roles may not read
 * AppConfig either.
 */
export function appConfigIfUsed({ provider, functions }: Environments): Plugin[] {
  const values = [provider, ...Object.values(functions)].flatMap(({ environment = {} }) =>
    Object.values(environment),
  );
  const isUsed = values.some((value) => typeof value === 'string' && value.startsWith('appconfig:'));
  return isUsed ? [] : [leaveOutAppConfig];
}

/** Puts a refusal in the place of what reads AppConfig. */
const leaveOutAppConfig: Plugin = {
  name: 'leave-out-app-config',
  setup(build) {
    build.onLoad({ filter: /src\/app-config\/read-document\.ts$/ }, () => ({
      contents: `export function createReadDocument() { throw new Error(${JSON.stringify(REFUSAL)}); }`,
    }));
  },
};
