import type { Plugin } from 'esbuild';
import { appConfigIfUsed, type Environments } from './app-config-if-used.ts';
import { evaluate } from './evaluate.ts';
import { leaveOut, leaveOutOtherCredentials } from './leave-out.ts';
import { requireBuiltIns } from './require-built-ins.ts';
import { splitLateCode } from './split-late-code.ts';
import { wrapHandlers } from './wrap-handlers.ts';

/** The esbuild plugins that make the deployed bundles start fast, with what is made at packaging in them. */
export const DEPLOYED: Plugin[] = [
  evaluate,
  leaveOut,
  leaveOutOtherCredentials,
  requireBuiltIns,
  splitLateCode,
];

type Service = Environments & Readonly<{ provider: Readonly<{ stage: string }> }>;

/** For `npm start`, which also finds AWS credentials in a profile or a login. */
const LOCAL: Plugin[] = [evaluate, leaveOut, requireBuiltIns, splitLateCode, wrapHandlers];

// biome-ignore lint/style/noDefaultExport: serverless-esbuild takes the plugins from the default export
export default ({ service }: { service: Service }): Plugin[] =>
  service.provider.stage === 'local' ? LOCAL : [...appConfigIfUsed(service), ...DEPLOYED];
