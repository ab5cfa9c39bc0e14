import { parentPort } from 'node:worker_threads';
import { simulateWorld } from './simulate-world.ts';

/** A thread that simulates the worlds whose names it is sent. */
parentPort?.on('message', async (world: string) => {
  parentPort?.postMessage(await simulateWorld(world));
});
