import { Unavailable } from '../rotation/unavailable.ts';

/** Runs what needs the audit table. Whatever AWS or a spoilt item says to it becomes {@link Unavailable}. */
export async function orUnavailable<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw new Unavailable('audit-unavailable', 'the audit table can not be read or written', {
      cause: error,
    });
  }
}
