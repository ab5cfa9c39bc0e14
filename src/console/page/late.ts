import type { KeyState } from '../../rotation/key-state-schema.ts';

/** The consumers that use a key from before the one in use: one that uses a newer key has nothing left to do. */
export function lateConsumers({ consumers, keyInUse }: KeyState): KeyState['consumers'] {
  const inUse = keyInUse?.number ?? Number.MAX_SAFE_INTEGER;
  return consumers.filter(({ key, rotationNumber }) => key === 'earlier' && rotationNumber < inUse);
}
