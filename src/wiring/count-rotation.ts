import type { RotationMetrics } from '../cloudwatch/metrics.ts';
import type { RotateResult } from '../rotation/rotate-command.ts';

/** Counts what became of a rotation that was not asked for over HTTP. */
export function countRotation(metrics: RotationMetrics, result: RotateResult): void {
  if (result.kind === 'refused' || result.kind === 'replayed') return;
  const { status, credential, upstream } = result.rotation;
  metrics.countRotation(status, credential.level);
  if (upstream) metrics.upstreamLatency(upstream.durationMs);
}
