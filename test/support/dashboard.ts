import * as v from 'valibot';
import { vi } from 'vitest';
import { createMetrics } from '../../src/cloudwatch/metrics.ts';
import { KEY_STATE_NAMES } from '../../src/rotation/key-state-names.ts';
import { LIFECYCLE, type LifecycleEvent, STATUSES } from '../../src/rotation/lifecycle.ts';
import type { Metrics } from '../../src/rotation/ports.ts';
import { captureOutput } from './output.ts';
import type { Template } from './package.ts';

/** The name of the stack that the tests package. */
export const STACK_NAME = 'keyturn-test';
const COLUMNS = 24;
const integer = (min: number, max: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const period = v.pipe(integer(60, 86_400), v.multipleOf(60));
const stat = v.pipe(v.string(), v.regex(/^(Average|Minimum|Maximum|Sum|SampleCount|p\d{1,2}(\.\d+)?)$/));
const options = {
  label: v.optional(v.string()),
  color: v.optional(v.pipe(v.string(), v.regex(/^#[0-9a-f]{6}$/))),
  id: v.optional(v.pipe(v.string(), v.regex(/^[a-z]\w*$/))),
  visible: v.optional(v.boolean()),
  period: v.optional(period),
  stat: v.optional(stat),
};
const relativeTime = v.pipe(v.string(), v.regex(/^-P(\d+D|T\d+[HM])$/));
const place = {
  x: integer(0, COLUMNS - 1),
  y: v.pipe(v.number(), v.integer(), v.minValue(0)),
  width: integer(1, COLUMNS),
  height: integer(1, 1000),
};
const MetricSchema = v.union([
  v.strictTuple([v.strictObject({ ...options, expression: v.string() })]),
  v.pipe(v.array(v.union([v.string(), v.strictObject(options)])), v.minLength(4)),
]);

/**
 * The body of a dashboard, as far as Keyturn uses it:
 * docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
const BodySchema = v.strictObject({
  start: relativeTime,
  periodOverride: v.picklist(['auto', 'inherit']),
  widgets: v.pipe(
    v.array(
      v.variant('type', [
        v.strictObject({
          type: v.literal('metric'),
          ...place,
          properties: v.strictObject({
            title: v.string(),
            metrics: v.pipe(v.array(MetricSchema), v.minLength(1), v.maxLength(500)),
            region: v.string(),
            view: v.picklist(['timeSeries', 'singleValue', 'gauge', 'bar', 'pie', 'table']),
            stacked: v.optional(v.boolean()),
            stat,
            period,
            start: v.optional(relativeTime),
          }),
        }),
        v.strictObject({
          type: v.literal('alarm'),
          ...place,
          properties: v.strictObject({
            title: v.string(),
            alarms: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(100)),
            sortBy: v.picklist(['default', 'stateUpdatedTimestamp', 'timestamp']),
          }),
        }),
        v.strictObject({
          type: v.literal('text'),
          ...place,
          properties: v.strictObject({ markdown: v.string() }),
        }),
      ]),
    ),
    v.maxLength(500),
  ),
});

export type Widget = v.InferOutput<typeof BodySchema>['widgets'][number];
type Metric = Readonly<{ name: string; dimensions: Readonly<Record<string, string>> }>;

/** The dashboard of a template. Throws an error if it is not one by CloudWatch's structure. */
export function dashboardOf({ Resources }: Pick<Template, 'Resources'>) {
  const { DashboardBody } = v.parse(
    v.looseObject({ DashboardBody: v.strictObject({ 'Fn::Sub': v.string() }) }),
    Resources.Dashboard?.Properties,
  );
  const text = DashboardBody['Fn::Sub'];
  const placeholders = [...text.matchAll(/\$\{([^}]*)\}/g)].map(([, name = '']) => name);
  const body = JSON.parse(text.replaceAll(`\${AWS::StackName}`, STACK_NAME));
  return { widgets: v.parse(BodySchema, body).widgets, placeholders };
}

/** Whether two widgets cover the same place, or one is beyond the last column. */
export function isOutOfPlace(widget: Widget, others: readonly Widget[]): boolean {
  const { x, y, width, height } = widget;
  const covers = (other: Widget) =>
    x < other.x + other.width && other.x < x + width && y < other.y + other.height && other.y < y + height;
  return x + width > COLUMNS || others.some((other) => other !== widget && covers(other));
}

/** All metrics of all graphs: their namespaces, names and dimensions. A search has its dimension, and `*`. */
export function shownMetrics(widgets: readonly Widget[]): (Metric & Readonly<{ namespace: string }>)[] {
  return widgets.flatMap((widget) => {
    if (widget.type !== 'metric') return [];
    return widget.properties.metrics.flatMap((metric) => {
      const [first] = metric;
      if (typeof first === 'object' && 'expression' in first) return searched(first.expression);
      const texts: string[] = metric.flatMap((one) => (typeof one === 'string' ? [one] : []));
      const [namespace = '', name = '', ...rest] = texts;
      return [{ namespace, name, dimensions: pairs(rest) }];
    });
  });
}

/** The ids that the expressions of a graph name, and that none of its metrics has; or two of them have. */
export function brokenIds(widget: Widget): string[] {
  if (widget.type !== 'metric') return [];
  const all = widget.properties.metrics.flat().filter((one) => typeof one === 'object');
  const ids = all.flatMap(({ id }) => id ?? []);
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  const expressions = all.flatMap((one) => ('expression' in one ? [one.expression] : []));
  const named = expressions.flatMap(
    (one) => one.replaceAll(/'[^']*'|"[^"]*"/g, '').match(/\b[a-z]\w*/g) ?? [],
  );
  const parts = expressions.flatMap((one) =>
    [...one.matchAll(/METRICS\("(\w+)"\)/g)].map(([, part = '']) => part),
  );
  return [
    ...twice,
    ...named.filter((one) => !ids.includes(one)),
    ...parts.filter((part) => !ids.some((id) => id.includes(part))),
  ];
}

function searched(expression: string) {
  const [, namespace, names = '', name, service] =
    /^SEARCH\('\{([^,]+),([^}]+)\} MetricName="(\w+)" service="([^"]+)"', 'Sum', 300\)$/.exec(expression) ??
    [];
  if (namespace === undefined || name === undefined) return [];
  const dimensions = names.split(',').map((one) => [one, one === 'service' ? service : '*']);
  return [{ namespace, name, dimensions: Object.fromEntries(dimensions) }];
}

function pairs(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.flatMap((name, index) => (index % 2 === 0 ? [[name, texts[index + 1] ?? '']] : [])),
  );
}

/** One metric as text. */
export function textOf({ name, dimensions }: Metric): string {
  const sorted = Object.entries(dimensions).sort(([one], [other]) => one.localeCompare(other));
  return [name, ...sorted.map(([dimension, value]) => `${dimension}=${value}`)].join(' ');
}

/** The metrics that the alarms of a template watch in Keyturn's own namespace. */
export function watchedMetrics({ Resources }: Pick<Template, 'Resources'>): Metric[] {
  const AlarmSchema = v.looseObject({
    Namespace: v.literal('Keyturn'),
    MetricName: v.string(),
    Dimensions: v.array(
      v.object({
        Name: v.string(),
        Value: v.union([
          v.string(),
          v.pipe(
            v.strictObject({ Ref: v.literal('AWS::StackName') }),
            v.transform(() => STACK_NAME),
          ),
        ]),
      }),
    ),
  });
  return Object.values(Resources).flatMap(({ Type, Properties }) => {
    const alarm = v.safeParse(AlarmSchema, Properties);
    if (Type !== 'AWS::CloudWatch::Alarm' || !alarm.success) return [];
    const { MetricName: name, Dimensions } = alarm.output;
    return [{ name, dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value])) }];
  });
}

/** Everything that the functions of a stack can emit. A dimension whose values are problem codes has `*`. */
export function emittedMetrics(): Metric[] {
  vi.stubEnv('POWERTOOLS_SERVICE_NAME', STACK_NAME);
  const metrics = createMetrics();
  vi.unstubAllEnvs();
  const isKeyEvent = (
    event: LifecycleEvent,
  ): event is Parameters<Metrics['countIssuedKey']>[0] & LifecycleEvent =>
    // The type says the same of the table.
    [...LIFECYCLE[event].from].join() === 'succeeded' && 'entry' in LIFECYCLE[event];
  // Object.keys forgets the type of the keys.
  const events = (Object.keys(LIFECYCLE) as LifecycleEvent[]).filter(isKeyEvent);
  /** Each method once for each value of its dimensions. */
  const emit: Readonly<Record<keyof Metrics, () => void>> = {
    countRotation: () => {
      for (const status of STATUSES) {
        if (status === 'started') continue;
        for (const level of ['companies', 'merchants'] as const) metrics.countRotation(status, level);
      }
    },
    upstreamCall: () => {
      for (const status of [200, 308, 404, 500]) metrics.upstreamCall({ status, durationMs: 1 });
      metrics.upstreamCall({ durationMs: 1 });
    },
    countRefusedRequest: () => metrics.countRefusedRequest('*'),
    countIssuedKey: () => {
      for (const event of [...events, 'not-stored'] as const) metrics.countIssuedKey(event);
    },
    // A code stands for all codes.
    countRefusedEvent: () => metrics.countRefusedEvent('*' as 'forbidden'),
    countFailedWorkflow: () => metrics.countFailedWorkflow('*'),
    countUnsentEvent: () => metrics.countUnsentEvent(),
    countCheckedKey: () => {
      for (const seen of ['works', 'unclear', 'dead', 'no-key', 'failed'] as const)
        metrics.countCheckedKey(seen);
    },
    countKeyStates: () => {
      for (const state of KEY_STATE_NAMES) metrics.countKeyStates(state, 1);
    },
    promotionTime: () => metrics.promotionTime(1),
    outageTime: () => metrics.outageTime(1),
    countSweepFailure: () => metrics.countSweepFailure(),
    countBadSetting: () => metrics.countBadSetting(),
  };
  const output = captureOutput();
  for (const one of Object.values(emit)) one();
  output.release();
  return output.lines().flatMap(readMetrics);
}

const LineSchema = v.looseObject({
  _aws: v.object({
    CloudWatchMetrics: v.strictTuple([
      v.object({
        Namespace: v.literal('Keyturn'),
        Dimensions: v.array(v.array(v.string())),
        Metrics: v.strictTuple([v.object({ Name: v.string() })]),
      }),
    ]),
  }),
});

/** The metrics of one line: one for each set of dimensions. */
function readMetrics(line: unknown): Metric[] {
  const parsed = v.parse(LineSchema, line);
  const [{ Dimensions, Metrics: names }] = parsed._aws.CloudWatchMetrics;
  return Dimensions.map((set) => ({
    name: names[0].Name,
    dimensions: Object.fromEntries(set.map((name) => [name, String(parsed[name])])),
  }));
}
