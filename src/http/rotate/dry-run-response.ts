import * as v from 'valibot';
import { CHECK_NAMES } from '../../rotation/dry-run/check.ts';
import { PROBLEM_CODES } from '../problems/problem-registry.ts';

/** What every request for a rotation must pass first. A request that does not is refused: 401 or 403. */
export const CALLER_CHECKS = ['token', 'scope', 'grant'] as const;

const CheckSchema = v.strictObject({
  name: v.picklist([...CALLER_CHECKS, ...CHECK_NAMES]),
  outcome: v.picklist(['passed', 'failed', 'skipped']),
  detail: v.string(),
  code: v.exactOptional(v.picklist(PROBLEM_CODES)),
});

/** The body of the response to a dry run. */
export const DryRunResponseSchema = v.strictObject({
  dryRun: v.literal(true),
  wouldRotate: v.boolean(),
  checks: v.array(CheckSchema),
});

export type DryRunResponse = v.InferOutput<typeof DryRunResponseSchema>;
