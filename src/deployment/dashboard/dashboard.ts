import type { Resources } from '../template.ts';
import { calls, dailyCost, filledIn, tableUnits } from './costs.ts';
import {
  checkedKeys,
  keyOutcomes,
  keyStates,
  keyturnMetric,
  keyturnSearch,
  keyturnStatistics,
  rotations,
  upstreamResponses,
} from './keyturn-metric.ts';
import { graph, type Metric, place, type Row, type Widget } from './widget.ts';

const HOUR_S = 3_600;
const DAY_S = 86_400;
const stacked = { stacked: true };

/**
 * The same resources and the dashboard of the stack, with all alarms and functions that are among them.
 *
 * @param name of the dashboard, one in an account and region
 * @param runbookUrl where the runbook is
 */
export function withDashboard(resources: Resources, name: string, runbookUrl: string): Resources {
  const rows = [
    { height: 2, widgets: [header(name, runbookUrl)] },
    { height: 5, widgets: [alarms(resources)] },
    ...rotationRows(),
    ...troubleRows(),
    ...costRows(resources),
  ];
  const body = { start: '-P1D', periodOverride: 'inherit', widgets: place(rows) };
  return {
    ...resources,
    Dashboard: {
      Type: 'AWS::CloudWatch::Dashboard',
      Properties: { DashboardName: name, DashboardBody: { 'Fn::Sub': JSON.stringify(body) } },
    },
  };
}

function header(name: string, runbookUrl: string): Widget {
  const address = `https://${filledIn('HttpApi')}.execute-api.${filledIn('AWS::Region')}.${filledIn('AWS::URLSuffix')}`;
  return {
    type: 'text',
    properties: { markdown: `# ${name}\n[Console](${address}/console) · Runbook: ${runbookUrl}` },
  };
}

function alarms(resources: Resources): Widget {
  const ids = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm');
  return {
    type: 'alarm',
    properties: {
      title: 'Alarms',
      sortBy: 'stateUpdatedTimestamp',
      alarms: ids.map(([id]) => filledIn(`${id}.Arn`)),
    },
  };
}

function rotationRows(): Row[] {
  return [
    {
      height: 6,
      widgets: [
        graph('Rotations by outcome', rotations, { ...stacked, period: HOUR_S }),
        graph('Keys by state (each one once an hour: the last hour is not complete)', keyStates, {
          ...stacked,
          period: HOUR_S,
        }),
      ],
    },
    {
      height: 6,
      widgets: [
        graph(
          'From an event to the promotion (s)',
          keyturnStatistics('PromotionTime', ['p50', 'p90', 'Maximum']),
          {
            period: HOUR_S,
          },
        ),
        graph('Issued keys', keyOutcomes, { period: HOUR_S }),
        graph('Checks of keys in use', checkedKeys, { ...stacked, period: HOUR_S }),
      ],
    },
    {
      height: 6,
      widgets: [
        graph('Outage of a key (s)', keyturnStatistics('OutageTime', ['Average', 'Maximum']), {
          period: HOUR_S,
        }),
        graph('Dead keys and heals', [
          keyturnMetric('CheckedKeys', { seen: 'dead' }, { label: 'seen dead by a check' }),
          keyturnMetric('IssuedKeys', { outcome: 'displaced' }),
          keyturnMetric('IssuedKeys', { outcome: 'healed' }),
        ]),
      ],
    },
  ];
}

function troubleRows(): Row[] {
  return [
    {
      height: 6,
      widgets: [
        graph('Adyen: time of a call (ms)', keyturnStatistics('UpstreamLatency', ['p50', 'p99', 'Maximum'])),
        graph('Adyen: responses', upstreamResponses, stacked),
      ],
    },
    {
      height: 6,
      widgets: [
        graph('Dead letters', [deadLetters('ApproximateNumberOfMessagesVisible')], { stat: 'Maximum' }),
        graph('Age of the oldest dead letter (s)', [deadLetters('ApproximateAgeOfOldestMessage')], {
          stat: 'Maximum',
        }),
        graph('Refused and failed events', [
          keyturnSearch('refused', 'RefusedEvents', 'code'),
          keyturnSearch('failed', 'FailedWorkflows', 'code'),
        ]),
      ],
    },
    {
      height: 6,
      widgets: [
        graph('Refused requests', [keyturnSearch('refused', 'RefusedRequests', 'code')]),
        graph('Waiting or unreadable', [
          keyturnMetric('UnsentEvents'),
          keyturnMetric('SweepFailures'),
          keyturnMetric('BadSettings'),
        ]),
      ],
    },
  ];
}

function costRows(resources: Resources): Row[] {
  return [
    {
      height: 6,
      widgets: [
        graph('Calls of the functions', calls(resources), { ...stacked, period: HOUR_S }),
        graph('DynamoDB: units', tableUnits(resources), { ...stacked, period: HOUR_S }),
        graph('Cost of use a day (US dollars, us-east-1)', dailyCost(resources), {
          period: DAY_S,
          // A time range of its own: a day of the dashboard would be one value.
          start: '-P14D',
        }),
      ],
    },
  ];
}

function deadLetters(name: string): Metric {
  return ['AWS/SQS', name, 'QueueName', filledIn('DeadLetters.QueueName')];
}
