import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { Written } from '../rotation/ports.ts';

/** Makes a conditional write. `lost`: its condition did not hold. */
export async function onCondition(write: () => Promise<unknown>): Promise<Written> {
  try {
    await write();
    return 'written';
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return 'lost';
    throw error;
  }
}
