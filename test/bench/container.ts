import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Contender } from './contenders.ts';
import { type Invocation, startRuntimeApi } from './runtime-api.ts';

const MEMORY_MB = 512;
/** Lambda's settings of V8: each half of the young generation gets 1/20 of the memory, the old generation 9/10. */
const NODE_FLAGS = [
  `--max-semi-space-size=${Math.floor(MEMORY_MB / 20)}`,
  `--max-old-space-size=${MEMORY_MB - Math.floor(MEMORY_MB / 10)}`,
];

/** Linux counts the processor time of a process in hundredths of a second. */
const MS_PER_TICK = 10;

/** One HTTP call that a function made. Times are in ms since the epoch. */
export type Call = Readonly<{ target: string; startedAt: number; endedAt: number }>;

export type Container = Readonly<{
  /** From the start of the process until it polled for its first event (ms). */
  initMs: number;
  /** When the process was started (ms, by `performance.now`). */
  spawnedAt: number;
  invoke(event: object): Promise<Invocation>;
  /** The calls since the last `takeCalls`. */
  takeCalls(): Promise<Call[]>;
  /** The processor time of all threads of the process so far (ms). */
  cpuMs(): Promise<number>;
  /** The peak of the process's memory so far (bytes). */
  peakRss(): Promise<number>;
  stop(): Promise<void>;
}>;

/**
 * Starts a function in AWS's runtime interface client, as in a fresh container.
 *
 * @param observe whether to record the function's calls, for `takeCalls`
 */
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
  const exit = once(child, 'exit');
  const polledAt = await Promise.race([
    api.polled,
    exit.then(([code]) => Promise.reject(new Error(`${handler} ended with exit code ${code}`))),
  ]).catch(async (error) => {
    child.kill('SIGKILL');
    await api.close();
    throw error;
  });
  return {
    initMs: polledAt - spawnedAt,
    spawnedAt,
    invoke: api.invoke,
    async takeCalls() {
      const message = once(child, 'message');
      child.send('calls');
      const [calls] = await message;
      // observe-calls.mjs sends an array of calls.
      return calls as Call[];
    },
    async cpuMs() {
      const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
      // User and system time are the fields 14 and 15. The search begins after field 2, the name, which may contain spaces.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
    },
    async peakRss() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
    },
    async stop() {
      child.kill('SIGKILL');
      await exit;
      await api.close();
    },
  };
}
