import type { Metrics } from './ports.ts';
import type { RotateResult } from './rotate-command.ts';

/** Counts what became of a rotation that was not requested over HTTP. */
export function countRotation(metrics: Metrics, result: RotateResult): void {
  if (result.kind === 'refused' || result.kind === 'replayed') return;
  const { status, credential, upstream } = result.rotation;
  metrics.countRotation(status, credential.level);
  if (upstream) metrics.upstreamCall(upstream);
}
