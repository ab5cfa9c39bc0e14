import type { Plugin } from 'esbuild';
import { leaveOut, leaveOutOtherCredentials } from './leave-out.ts';
import { requireBuiltIns } from './require-built-ins.ts';

/** What makes the deployed bundles start fast, for esbuild. */
export const DEPLOYED: Plugin[] = [leaveOut, leaveOutOtherCredentials, requireBuiltIns];

/** The same but for a person's own machine, where credentials come from a profile or a login. */
const LOCAL: Plugin[] = [leaveOut, requireBuiltIns];

// biome-ignore lint/style/noDefaultExport: where serverless-esbuild looks for them
export default ({ service }: { service: { provider: { stage: string } } }): Plugin[] =>
  service.provider.stage === 'local' ? LOCAL : DEPLOYED;
