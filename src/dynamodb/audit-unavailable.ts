import { Unavailable } from '../rotation/unavailable.ts';

/** Runs a call of the audit table. Every error of AWS, or of an item that cannot be read, becomes {@link Unavailable}. */
export async function orUnavailable<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw new Unavailable('audit-unavailable', 'the audit table cannot be read or written', {
      cause: error,
    });
  }
}
