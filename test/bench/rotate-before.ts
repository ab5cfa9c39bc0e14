import { join } from 'node:path';
import * as v from 'valibot';
import { startContainer } from './container.ts';
import { packaged } from './contenders.ts';
import { rotationBefore } from './first-events.ts';
import type { World } from './world.ts';

const ResponseSchema = v.object({
  statusCode: v.literal(200),
  body: v.pipe(v.string(), v.parseJson(), v.object({ rotation: v.object({ keyFingerprint: v.string() }) })),
});

/** Makes the rotation that the first events of some functions need, and returns the fingerprint of its key. */
export async function rotateBefore(folder: string, world: World): Promise<string> {
  const rotate = await packaged('rotate', 'rotate', join(folder, 'rotate-before'));
  const container = await startContainer(rotate, world.environment);
  const { body } = await container.invoke(rotationBefore(world));
  await container.stop();
  return v.parse(ResponseSchema, JSON.parse(body)).body.rotation.keyFingerprint;
}
