import type { Container } from './container.ts';
import type { Invocation } from './runtime-api.ts';
import type { World } from './world.ts';

/** Rotates the API credential with this name once. Throws an error if the response is not 200. */
export async function rotate(container: Container, world: World, name: string): Promise<Invocation> {
  const invocation = await container.invoke(world.rotateEvent(name));
  if (invocation.isError || JSON.parse(invocation.body).statusCode !== 200) {
    throw new Error(`${name} did not rotate: ${invocation.body.slice(0, 500)}`);
  }
  return invocation;
}
