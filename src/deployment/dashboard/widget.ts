/**
 * The widgets of a dashboard, as CloudWatch describes its body:
 * docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */

/** The columns of a dashboard. */
const COLUMNS = 24;

/** `[namespace, name, dimension, value, …, options]`, or one object with an expression. */
export type Metric = readonly (string | Readonly<Record<string, unknown>>)[];

export type Widget = Readonly<{
  type: 'metric' | 'alarm' | 'text';
  properties: Readonly<Record<string, unknown>>;
}>;

/** Widgets beside each other, which share the columns, and their height. */
export type Row = Readonly<{ height: number; widgets: readonly Widget[] }>;

/**
 * A graph.
 *
 * @param options how it differs from a line of sums of five minutes
 */
export function graph(
  title: string,
  metrics: readonly Metric[],
  options: Readonly<Record<string, unknown>> = {},
): Widget {
  return {
    type: 'metric',
    properties: {
      title,
      metrics,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own syntax
      region: '${AWS::Region}',
      view: 'timeSeries',
      stat: 'Sum',
      period: 300,
      ...options,
    },
  };
}

/** Puts rows below each other, so that no widgets overlap. */
export function place(rows: readonly Row[]) {
  let y = 0;
  return rows.flatMap(({ height, widgets }) => {
    const top = y;
    y += height;
    const width = COLUMNS / widgets.length;
    return widgets.map((widget, index) => ({ ...widget, x: index * width, y: top, width, height }));
  });
}
