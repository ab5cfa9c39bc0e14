import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { readWith } from '../../src/cli/read-arguments.ts';

const PARTS = ['cold', 'warm', 'growth'] as const;

/** A part of the benchmark that can be run alone. */
export type Part = (typeof PARTS)[number];

const ArgumentsSchema = v.strictObject({
  only: v.optional(v.picklist(PARTS, `must be one of ${PARTS.join(', ')}`)),
});

/** Reads the arguments: the part that is asked for, or `undefined` for everything. Throws an error if they are wrong. */
export function readPart(): Part | undefined {
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  return readWith(ArgumentsSchema, values).only;
}
