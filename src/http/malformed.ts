import * as v from 'valibot';
import { ProblemError } from './problem.ts';

const MAX_INVALID_FIELDS = 20;

/** A `malformed-request` that names the fields and what they must be. Their values are not echoed: one could be a key. */
export function malformed(detail: string, issues: readonly v.BaseIssue<unknown>[]): ProblemError {
  const invalidFields = issues.slice(0, MAX_INVALID_FIELDS).map((issue) => ({
    name: (v.getDotPath(issue) ?? 'body').slice(0, 128),
    message: issue.type === 'strict_object' ? 'is unknown' : safeMessage(issue),
  }));
  return new ProblemError('malformed-request', { detail, invalidFields });
}

/** valibot's own messages quote what was received. Ours do not, so only ours are shown. */
function safeMessage(issue: v.BaseIssue<unknown>): string {
  return issue.message.includes('received') ? `must be ${issue.expected ?? 'another value'}` : issue.message;
}
