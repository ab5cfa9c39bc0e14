import { glob, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as dynamoDb from '@aws-sdk/client-dynamodb';
import * as eventBridge from '@aws-sdk/client-eventbridge';
import * as secretsManager from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import type { CheckResult } from '../src/rotation/check-keys.ts';
import type { EnrolResult } from '../src/rotation/enrol-credentials.ts';
import { LIFECYCLE } from '../src/rotation/lifecycle.ts';
import type { SweepResult } from '../src/rotation/sweep.ts';
import { RUNBOOK, runbookPages, SECTIONS } from './support/runbook.ts';

const pages = await runbookPages();
const index = await readFile(join(RUNBOOK, 'README.md'), 'utf8');
const named = pages.map((page) => [page.file, page] as const);

/** The operations of the services whose clients are there. */
const CLIENTS: Readonly<Record<string, object>> = {
  dynamodb: dynamoDb,
  events: eventBridge,
  secretsmanager: secretsManager,
};
/** Those of others: docs.aws.amazon.com/cli/latest/reference/<service>/<operation>.html */
const OPERATIONS: Readonly<Record<string, readonly string[]>> = {
  appconfig: ['start-deployment'],
  cloudformation: ['continue-update-rollback', 'describe-stack-resource'],
  cloudwatch: ['get-metric-statistics'],
  lambda: [
    'delete-function-concurrency',
    'get-account-settings',
    'get-function-concurrency',
    'list-durable-executions-by-function',
    'list-versions-by-function',
    'put-function-concurrency',
    'stop-durable-execution',
  ],
  sqs: ['delete-message', 'receive-message'],
};

function isCommand(command: string): boolean {
  const [program = '', first = '', ...rest] = command.split(/\s+/);
  if (program === 'export') return true;
  if (program === 'git') return first === 'checkout';
  if (program === 'npx') return first === 'serverless' && rest[0] === 'deploy';
  if (program === 'npm')
    return first === 'run' && Object.keys(manifest.scripts).includes(rest.find((one) => one !== '-s') ?? '');
  return program === 'aws' && isOperation(first, rest[0] ?? '');
}

function isOperation(service: string, operation: string): boolean {
  const name = operation.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return `${name}Command` in (CLIENTS[service] ?? {}) || (OPERATIONS[service] ?? []).includes(operation);
}

const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

async function leadsSomewhere(from: string, link: string): Promise<boolean> {
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? from : join(dirname(from), path);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
  return anchor === undefined || headings.includes(anchor);
}

/** The lines that consist of a result. */
const RESULTS = {
  check: ['seen', 'isPartial'] satisfies (keyof CheckResult)[],
  sweep: ['closed', 'raised', 'failed', 'isPartial'] satisfies (keyof SweepResult)[],
  enrolment: ['managed', 'enrolled', 'isPartial'] satisfies (keyof EnrolResult)[],
};

/** What each log call in the code writes besides its message, by the message. */
async function loggedFields(): Promise<Map<string, Set<string>>> {
  const fields = new Map<string, Set<string>>();
  for (const [message, names] of Object.entries(RESULTS)) fields.set(message, new Set(names));
  // src/rotation/commit.ts names the event in the message.
  for (const event of Object.keys(LIFECYCLE)) fields.set(event, new Set(['rotationId', 'anchor']));
  const add = (message: string, names: readonly string[]) =>
    fields.set(message, new Set([...(fields.get(message) ?? []), ...names]));
  for await (const path of glob('src/**/*.ts', { exclude: (name) => name.endsWith('.test.ts') })) {
    const code = await readFile(path, 'utf8');
    for (const [, message = '', object = ''] of code.matchAll(
      /log\.(?:info|warn|error)\(\s*'([^']+)',\s*\{([^}]*)\}/g,
    )) {
      add(
        message,
        object.split(',').map((field) => field.split(':')[0]?.trim() ?? ''),
      );
    }
  }
  return fields;
}

describe('a page of the runbook', () => {
  it.each(named)('(%s) answers the five questions, on one page', (_file, { text }) => {
    const sections = [...text.matchAll(/^## (.*)\n\n(.*)$/gm)];
    expect(sections.map(([, heading]) => heading)).toEqual(SECTIONS);
    for (const [, , first] of sections) expect(first).not.toBe('');
    expect(text.split('\n').length).toBeLessThan(125);
  });

  it.each(named)('(%s) uses only commands that exist', (_file, { commands }) => {
    expect(commands.filter((command) => !isCommand(command))).toEqual([]);
  });

  it.each(named)('(%s) sets no variable to a placeholder', (_file, { commands }) => {
    expect(commands.filter((command) => /^export .*…/.test(command))).toEqual([]);
  });

  it.each(named)(
    '(%s) raises events only of a source that it names, since it needs a grant',
    (_file, { commands }) => {
      const raised = commands.filter((command) => command.startsWith('npm run -s rotate'));
      expect(raised.filter((command) => !command.includes(' --source '))).toEqual([]);
    },
  );

  it.each([...named, ['README.md', { text: index }] as const])(
    '(%s) has links that lead somewhere',
    async (file, { text }) => {
      const links = [...text.matchAll(/\]\(([^)]+)\)/g)].flatMap(([, link = '']) =>
        link.startsWith('https:') ? [] : [link],
      );
      const broken = [];
      for (const link of links) if (!(await leadsSomewhere(join(RUNBOOK, file), link))) broken.push(link);
      expect(broken).toEqual([]);
    },
  );

  it.each(named)('(%s) is in the index', (file, { alarms }) => {
    expect(index).toContain(`](${file})`);
    for (const alarm of alarms) expect(index).toContain(alarm);
  });

  it('has queries for log lines that the code writes, with the fields that it gives them', async () => {
    const logged = await loggedFields();
    expect(logged.size).toBeGreaterThan(15);
    const wrong = pages.flatMap(({ file, queries }) =>
      queries.flatMap(({ messages, isOfRequests, fields }) => {
        // test/observability.test.ts has real lines of requests.
        if (isOfRequests) return [];
        const missing = messages.filter((message) => !logged.has(message));
        const own = ['@timestamp', 'message', 'correlation_id'];
        if (messages.length > 0) own.push(...messages.flatMap((message) => [...(logged.get(message) ?? [])]));
        // A search in the text of the lines, which may be those of the runtime; or for more than one message.
        else own.push('@message', 'secretId', 'token', 'error', 'rotationId', 'anchor');
        if (missing.length > 0) return [`${file}: no line has the message ${missing.join()}`];
        return fields
          .filter((field) => !own.includes(field.split('.')[0] ?? ''))
          .map((field) => `${file}: ${field}`);
      }),
    );
    expect(wrong).toEqual([]);
  });
});
