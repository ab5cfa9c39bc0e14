import { Logger } from '@aws-lambda-powertools/logger';

export type Log = Pick<Logger, 'info' | 'warn' | 'error' | 'setCorrelationId'>;

/** The function's log: one JSON object a line on standard output, from the level that `LOG_LEVEL` names (INFO). */
export function createLog(): Log {
  return new Logger();
}
