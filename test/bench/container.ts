import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Contender } from './contenders.ts';
import { type Invocation, startRuntimeApi } from './runtime-api.ts';

const MEMORY_MB = 512;
/** How Lambda starts Node: a twentieth of the memory for each half of the young generation, and the rest but a tenth. */
const NODE_FLAGS = [
  `--max-semi-space-size=${Math.floor(MEMORY_MB / 20)}`,
  `--max-old-space-size=${MEMORY_MB - Math.floor(MEMORY_MB / 10)}`,
];

/** Linux counts a process's time in hundredths of a second. */
const MS_A_TICK = 10;

/** One call over HTTP that a function has made (ms since the epoch). */
export type Call = Readonly<{ target: string; startedAt: number; endedAt: number }>;

export type Container = Readonly<{
  /** From the start of the process until it asked for its first event (ms). */
  initMs: number;
  /** When the process was started, on the clock of `performance` (ms). */
  spawnedAt: number;
  invoke(event: object): Promise<Invocation>;
  /** The calls that were made since this was asked last. */
  takeCalls(): Promise<Call[]>;
  /** The processor's time that the process has taken so far, all threads of it (ms). */
  cpuMs(): Promise<number>;
  /** The most memory that the process has had so far (bytes). */
  peakRss(): Promise<number>;
  stop(): Promise<void>;
}>;

/** Starts a function in AWS's runtime interface client, as a fresh container does. */
export async function startContainer(
  { folder, handler }: Contender,
  environment: Readonly<Record<string, string>>,
  { observe = false } = {},
): Promise<Container> {
  const api = await startRuntimeApi();
  const spawnedAt = performance.now();
  const child = spawn(
    process.execPath,
    [
      ...NODE_FLAGS,
      ...(observe ? ['--import', resolve('test/bench/observe-calls.mjs')] : []),
      resolve('test/bench/node_modules/aws-lambda-ric/index.mjs'),
      handler,
    ],
    {
      cwd: folder,
      stdio: [
        'ignore',
        process.env.BENCH_LOG ? 'inherit' : 'ignore',
        'inherit',
        ...(observe ? (['ipc'] as const) : []),
      ],
      env: {
        PATH: process.env.PATH,
        AWS_LAMBDA_RUNTIME_API: api.host,
        AWS_LAMBDA_FUNCTION_NAME: 'bench',
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(MEMORY_MB),
        AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/bench',
        AWS_LAMBDA_LOG_STREAM_NAME: 'bench',
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        _HANDLER: handler,
        LAMBDA_TASK_ROOT: folder,
        ...environment,
      },
    },
  );
  const gone = once(child, 'exit');
  const polledAt = await Promise.race([
    api.polled,
    gone.then(([code]) => Promise.reject(new Error(`${handler} ended with ${code}`))),
  ]);
  return {
    initMs: polledAt - spawnedAt,
    spawnedAt,
    invoke: api.invoke,
    async takeCalls() {
      const answer = once(child, 'message');
      child.send('calls');
      const [calls] = await answer;
      // What observe-calls.mjs sends.
      return calls as Call[];
    },
    async cpuMs() {
      const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
      // Behind the name, which may hold anything: user and system time are the fields 14 and 15.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) * MS_A_TICK;
    },
    async peakRss() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
    },
    async stop() {
      child.kill('SIGKILL');
      await gone;
      await api.close();
    },
  };
}
