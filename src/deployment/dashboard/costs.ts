import * as v from 'valibot';
import { USE_PRICES } from '../prices.ts';
import type { Resources } from '../template.ts';
import type { Metric } from './widget.ts';

const DAY_S = 86_400;
const MemorySchema = v.object({ MemorySize: v.pipe(v.union([v.number(), v.string()]), v.toNumber()) });
const IndexesSchema = v.object({ GlobalSecondaryIndexes: v.array(v.object({ IndexName: v.string() })) });

/** A placeholder that CloudFormation fills in: a name, or an attribute. */
export const filledIn = (what: string) => `\${${what}}`;

/** The calls of each function. */
export function calls(resources: Resources): Metric[] {
  return functionsOf(resources).map(([id]) => lambdaMetric('Invocations', id, { label: nameOf(id) }));
}

/** The units that the table and its indexes have used. A local index counts as its table. */
export function tableUnits(resources: Resources): Metric[] {
  return [...unitsOf(resources, 'Read', {}), ...unitsOf(resources, 'Write', {})];
}

/**
 * What use costs a day, in US dollars at list prices: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 * says that `METRICS("text")` are those whose id has the text.
 */
export function dailyCost(resources: Resources): Metric[] {
  const hidden = { visible: false, stat: 'Sum', period: DAY_S };
  const functions = functionsOf(resources);
  const seconds = functions.map(
    ([, { Properties }], index) =>
      `FILL(time${index},0)/1000*${v.parse(MemorySchema, Properties).MemorySize / 1024}`,
  );
  const total = (name: string) => `SUM(FILL(METRICS("${name}"),0))`;
  const line = (id: string, label: string, expression: string): Metric => [
    { id, label, expression, period: DAY_S },
  ];
  return [
    ...functions.map(([id], index) => lambdaMetric('Invocations', id, { ...hidden, id: `calls${index}` })),
    ...functions.map(([id], index) => lambdaMetric('Duration', id, { ...hidden, id: `time${index}` })),
    ...unitsOf(resources, 'Read', hidden),
    ...unitsOf(resources, 'Write', hidden),
    ['AWS/ApiGateway', 'Count', 'ApiId', filledIn('HttpApi'), { ...hidden, id: 'requests' }],
    line(
      'lambda',
      'Lambda',
      `${total('calls')}*${priceOf('lambdaRequest')}+(${seconds.join('+')})*${priceOf('lambdaGbSecond')}`,
    ),
    line(
      'dynamodb',
      'DynamoDB',
      `${total('unitsread')}*${priceOf('dynamoDbReadUnit')}+${total('unitswrite')}*${priceOf('dynamoDbWriteUnit')}`,
    ),
    line('gateway', 'API Gateway', `FILL(requests,0)*${priceOf('httpApiRequest')}`),
    line('sum', 'Sum', 'lambda+dynamodb+gateway'),
  ];
}

function unitsOf(resources: Resources, kind: 'Read' | 'Write', options: object): Metric[] {
  const { GlobalSecondaryIndexes } = v.parse(IndexesSchema, resources.AuditTable?.Properties);
  const places = [
    ['audit table'],
    ...GlobalSecondaryIndexes.map(({ IndexName }) => [IndexName, 'GlobalSecondaryIndexName', IndexName]),
  ];
  return places.map(([label, ...index], number) => [
    'AWS/DynamoDB',
    `Consumed${kind}CapacityUnits`,
    'TableName',
    filledIn('AuditTable'),
    ...index,
    { label: `${kind.toLowerCase()}: ${label}`, id: `units${kind.toLowerCase()}${number}`, ...options },
  ]);
}

function functionsOf(resources: Resources) {
  return Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::Lambda::Function');
}

function lambdaMetric(name: string, id: string, options: object): Metric {
  return ['AWS/Lambda', name, 'FunctionName', filledIn(id), { ...options }];
}

/** As the function is called in serverless.yml. */
function nameOf(id: string): string {
  const name = id.replace(/LambdaFunction$/, '');
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
}

/** Without an exponent, which the syntax of expressions is not documented to have. */
function priceOf(name: keyof typeof USE_PRICES): string {
  return USE_PRICES[name].toFixed(12).replace(/0+$/, '');
}
