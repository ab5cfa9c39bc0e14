import { readFile } from 'node:fs/promises';
import type { ReadKey } from './call-adyen.ts';

/**
 * For a pod: reads the key from a file of a mounted Secret. Kubernetes replaces the file when External Secrets has
 * refreshed the Secret (https://kubernetes.io/docs/concepts/configuration/secret/), so there is no cache and no restart.
 */
export function createMountedKey(path: string): ReadKey {
  return async () => (await readFile(path, 'utf8')).trim();
}
