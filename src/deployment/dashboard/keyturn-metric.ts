import { KEY_STATE_NAMES, type KeyStateName } from '../../rotation/key-state-names.ts';
import type { KeyEvent, Status } from '../../rotation/lifecycle.ts';
import type { Metrics } from '../../rotation/ports.ts';
import { filledIn } from './costs.ts';
import type { Metric } from './widget.ts';

const OUTCOMES: readonly Status[] = ['succeeded', 'failed', 'unknown'];
const LEVELS = ['companies', 'merchants'] as const;
const SEEN: readonly Parameters<Metrics['countCheckedKey']>[0][] = [
  'works',
  'unclear',
  'dead',
  'no-key',
  'failed',
];
const RED = '#d62728';
const ORANGE = '#ff7f0e';
/** Red: an app may be refused by Adyen now. Orange: it may be within 24 hours. Keys that are well have no loud colour. */
const STATE_COLOURS: Readonly<Record<KeyStateName, string>> = {
  dead: RED,
  stalled: ORANGE,
  quarantined: '#bcbd22',
  pending: '#1f77b4',
  overlap: '#aec7e8',
  due: '#9467bd',
  ok: '#2ca02c',
};
const KEY_OUTCOMES: readonly (KeyEvent | 'not-stored')[] = [
  'verified',
  'promoted',
  'promoted-unproven',
  'superseded',
  'stalled',
  'not-stored',
  'rolled-back',
  'acknowledged',
];

/** The name of the stack, as the functions have it in `POWERTOOLS_SERVICE_NAME`. */
const SERVICE = filledIn('AWS::StackName');

/** A metric of the functions, with the dimensions that src/cloudwatch/metrics.ts gives it. */
export function keyturnMetric(
  name: string,
  dimensions: Readonly<Record<string, string>> = {},
  options: Readonly<Record<string, unknown>> = {},
): Metric {
  const label = Object.values(dimensions).join(', ') || name;
  return ['Keyturn', name, 'service', SERVICE, ...Object.entries(dimensions).flat(), { label, ...options }];
}

/** One line for each value of a dimension with many values, whichever there are. */
export function keyturnSearch(id: string, name: string, dimension: string): Metric {
  const expression = `SEARCH('{Keyturn,service,${dimension}} MetricName="${name}" service="${SERVICE}"', 'Sum', 300)`;
  return [{ id, expression, label: name }];
}

/** Several statistics of one metric. */
export function keyturnStatistics(name: string, statistics: readonly string[]): Metric[] {
  return statistics.map((stat) => keyturnMetric(name, {}, { label: stat, stat }));
}

export const rotations = OUTCOMES.flatMap((outcome) =>
  LEVELS.map((level) => keyturnMetric('Rotations', { outcome, level })),
);
export const keyStates = KEY_STATE_NAMES.map((state) =>
  keyturnMetric('KeyStates', { state }, { color: STATE_COLOURS[state] }),
);
export const keyOutcomes = KEY_OUTCOMES.map((outcome) => keyturnMetric('IssuedKeys', { outcome }));
export const checkedKeys = SEEN.map((seen) =>
  keyturnMetric('CheckedKeys', { seen }, seen === 'dead' ? { color: RED } : {}),
);
export const upstreamResponses = ['2xx', '3xx', '4xx', '5xx', 'none'].map((name) =>
  keyturnMetric('UpstreamLatency', { class: name }, { stat: 'SampleCount' }),
);
