import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { preload } from './preload.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('the preload waits for all its loads', async () => {
  const loaded: string[] = [];
  const load = async (name: string, ms: number) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    loaded.push(name);
  };
  const preloaded = preload(load('keys', 100), load('credential', 50));
  await vi.advanceTimersByTimeAsync(100);
  await preloaded;
  expect(loaded).toEqual(['credential', 'keys']);
});

it('the preload does not fail if a load fails: the request loads again', async () => {
  await expect(preload(Promise.reject(new Error('down')))).resolves.toBeUndefined();
});

it('the preload waits for two seconds at most', async () => {
  const preloaded = preload(new Promise(() => {}));
  await vi.advanceTimersByTimeAsync(2_000);
  await expect(preloaded).resolves.toBeUndefined();
});
