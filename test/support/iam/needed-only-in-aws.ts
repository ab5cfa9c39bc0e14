import { FUNCTION_NAMES } from '../function-names.ts';
import type { IamRequest } from './requests.ts';
import { ACCOUNT, REGION } from './resolve-template.ts';

/** What AWS asks of a function's role besides the function's own calls, and why. */
export type NeededOnlyInAws = IamRequest & Readonly<{ functions: readonly string[]; why: string }>;

const arn = (service: string, resource: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
const execution = arn('lambda', 'function:keyturn-test-workflow:1/durable-execution/execution/id');

/** The log of a function. Its stream has the day and the container in its name. */
const inLogOf = (name: string, stream: string) =>
  arn('logs', `log-group:/aws/lambda/keyturn-test-${name}:log-stream:${stream}`);
const STREAM = '2026/11/23/[$LATEST]0123456789abcdef';

/**
 * The permissions that no call in a test can need, because nothing on this machine takes the call. Everything else must be
 * needed by a call that a test has recorded.
 *
 * The calls to AWS KMS belong here too, once a table, a secret or a queue has a key of the customer's: DynamoDB, Secrets
 * Manager and SQS then call KMS with the permissions of the function's role, with the condition key `kms:ViaService`.
 */
export const NEEDED_ONLY_IN_AWS: readonly NeededOnlyInAws[] = [
  ...FUNCTION_NAMES.flatMap((name): NeededOnlyInAws[] => [
    {
      functions: [name],
      action: 'logs:CreateLogStream',
      resource: inLogOf(name, STREAM),
      context: {},
      why: 'Lambda writes what the function prints to a stream of its own for each container.',
    },
    {
      functions: [name],
      action: 'logs:PutLogEvents',
      resource: inLogOf(name, STREAM),
      context: {},
      why: 'Lambda writes what the function prints.',
    },
    {
      functions: [name],
      action: 'logs:CreateLogGroup',
      // IAM is asked about the group with this ending: https://github.com/elastic/apm-aws-lambda/issues/526
      resource: inLogOf(name, ''),
      context: {},
      why: 'Lambda makes the log group again if somebody has deleted it. The framework gives this to every function.',
    },
  ]),
  ...['xray:PutTraceSegments', 'xray:PutTelemetryRecords'].map((action) => ({
    functions: FUNCTION_NAMES,
    action,
    resource: '*',
    context: {},
    why: 'Lambda sends the traces of a function, if tracing is on.',
  })),
  ...['lambda:CheckpointDurableExecution', 'lambda:GetDurableExecutionState'].map((action) => ({
    functions: ['workflow'],
    action,
    resource: execution,
    context: {},
    why: 'The SDK writes and reads the checkpoints; the tests have its local runner instead.',
  })),
  {
    functions: ['workflow'],
    action: 'sqs:SendMessage',
    resource: arn('sqs', 'DeadLetters'),
    context: {},
    why: 'Lambda puts the event of a failed execution into the dead-letter queue, with the role of the function.',
  },
];
