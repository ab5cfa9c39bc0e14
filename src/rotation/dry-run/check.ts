import type { FailureCode, UncertaintyCode } from '../failure-codes.ts';
import type { RefusalUntil } from '../rules.ts';
import type { Unavailable } from '../unavailable.ts';

/** What a dry run looks at, in this order. */
export const CHECK_NAMES = [
  'audit',
  'running-rotation',
  'quarantine',
  'overlap',
  'management-credential',
  'management-key',
  'management-role',
  'api-credential',
  'api-credential-active',
  'allowed-addresses',
  'managed-secret',
  'pending-key',
] as const;

export type CheckName = (typeof CHECK_NAMES)[number];

/** The problem with which a rotation would end. */
export type CheckCode =
  | RefusalUntil['code']
  | Unavailable['code']
  | FailureCode
  | UncertaintyCode
  | 'managed-secret-unavailable';

/** One thing that a rotation needs. `detail` says what it means for a rotation, and what to do. */
export type Check<Name extends string = CheckName> = Readonly<{
  name: Name;
  outcome: 'passed' | 'failed' | 'skipped';
  detail: string;
  code?: CheckCode;
}>;

export function passed<Name extends string>(name: Name, detail: string): Check<Name> {
  return { name, outcome: 'passed', detail };
}

/** @param code left out if no problem stands for it */
export function failed(name: CheckName, detail: string, code?: CheckCode): Check {
  return { name, outcome: 'failed', detail, ...(code !== undefined && { code }) };
}

export function skipped(name: CheckName, detail: string): Check {
  return { name, outcome: 'skipped', detail };
}

/** The checks that say nothing because an earlier one failed. */
export function skippedAfter(failure: CheckName, names: readonly CheckName[]): Check[] {
  return names.map((name) => skipped(name, `It depends on the check ${failure}, which failed.`));
}
