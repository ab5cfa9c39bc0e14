import { leaveOut } from './leave-out.ts';
import { requireBuiltIns } from './require-built-ins.ts';

/** What makes the bundles start fast, for esbuild. */
// biome-ignore lint/style/noDefaultExport: where serverless-esbuild looks for them
export default [leaveOut, requireBuiltIns];
