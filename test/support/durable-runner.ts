import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { afterAll, beforeAll } from 'vitest';
import { skipTime } from './skip-time.ts';

/** Runs the durable functions of a test file with the SDK's local runner, in which waits take no time. */
export function useDurableRunner(): void {
  beforeAll(skipTime);
  afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());
}
