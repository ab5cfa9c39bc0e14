import * as v from 'valibot';
import { isKeyShaped } from '../../rotation/key-shaped.ts';
import { ProblemError } from './problem.ts';

const MAX_INVALID_FIELDS = 20;

/** A `malformed-request` that names the bad fields and what they must be. It never repeats a value, which may be a key. */
export function malformed(
  detail: string,
  place: 'path' | 'query' | 'body',
  issues: readonly v.BaseIssue<unknown>[],
): ProblemError {
  const invalidFields = issues.slice(0, MAX_INVALID_FIELDS).map((issue) => ({
    name: safeName(v.getDotPath(issue)) ?? place,
    message: messageOf(issue),
  }));
  return new ProblemError('malformed-request', { detail, invalidFields });
}

function messageOf(issue: v.BaseIssue<unknown>): string {
  if (isUnknownField(issue)) return 'is unknown';
  return isMissingField(issue) ? 'is missing' : safeMessage(issue);
}

/** Of an object, valibot expects `Object`; of a field that is not there, its name in quotation marks. */
function isMissingField({ type, expected }: v.BaseIssue<unknown>): boolean {
  return (type === 'strict_object' || type === 'object') && expected?.startsWith('"') === true;
}

/** The same kind of issue stands for a value that is not an object: it has no path. */
function isUnknownField(issue: v.BaseIssue<unknown>): boolean {
  return issue.type === 'strict_object' && issue.expected === 'never';
}

/** An unknown field's name is text that the caller chose. If it is long, it may be a key in the wrong place. */
function safeName(path: string | null): string | undefined {
  return path !== null && /^\w{1,32}$/.test(path) && !isKeyShaped(path) ? path : undefined;
}

/** valibot's own messages quote the value that they received. Ours do not, so only ours are shown. */
function safeMessage(issue: v.BaseIssue<unknown>): string {
  return issue.message.includes('received') ? `must be ${issue.expected ?? 'another value'}` : issue.message;
}
