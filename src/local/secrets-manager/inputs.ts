import * as v from 'valibot';
import { invalidParameter } from './secrets-manager-error.ts';

const SecretId = v.pipe(v.string(), v.nonEmpty());
const stage = v.pipe(v.string(), v.minLength(1), v.maxLength(256));
/** The largest value of a secret (AWS's quotas). */
const SecretString = v.pipe(v.string(), v.maxBytes(65_536));
const token = v.optional(v.pipe(v.string(), v.regex(/^[\x21-\x7e]{32,64}$/)));

/** The parameters of the supported operations, by operation. */
const INPUTS = {
  CreateSecret: v.object({
    Name: v.pipe(v.string(), v.maxLength(512), v.regex(/^[A-Za-z0-9/_+=.@!-]+$/)),
    SecretString: v.optional(SecretString),
    ClientRequestToken: token,
  }),
  GetSecretValue: v.object({
    SecretId,
    VersionId: v.exactOptional(v.string()),
    VersionStage: v.exactOptional(v.string()),
  }),
  PutSecretValue: v.object({
    SecretId,
    SecretString,
    ClientRequestToken: token,
    VersionStages: v.optional(v.pipe(v.array(stage), v.minLength(1), v.maxLength(20)), ['AWSCURRENT']),
  }),
  DescribeSecret: v.object({ SecretId }),
  UpdateSecretVersionStage: v.object({
    SecretId,
    VersionStage: stage,
    RemoveFromVersionId: v.optional(v.string()),
    MoveToVersionId: v.optional(v.string()),
  }),
  RotateSecret: v.object({
    SecretId,
    ClientRequestToken: token,
    RotationLambdaARN: v.exactOptional(v.string()),
    RotationRules: v.exactOptional(v.record(v.string(), v.unknown())),
    RotateImmediately: v.optional(v.boolean(), true),
  }),
  CancelRotateSecret: v.object({ SecretId }),
  ListSecrets: v.object({
    // AWS knows more keys, and `!` before a value that must not match.
    Filters: v.optional(
      v.array(v.object({ Key: v.literal('name'), Values: v.array(v.pipe(v.string(), v.regex(/^[^!]/))) })),
      [],
    ),
    MaxResults: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100)), 100),
    NextToken: v.exactOptional(v.string()),
    SortOrder: v.optional(v.picklist(['asc', 'desc']), 'desc'),
  }),
} as const;

/** The operations of AWS Secrets Manager that this server supports. */
export type OperationName = keyof typeof INPUTS;

export type InputOf<N extends OperationName> = v.InferOutput<(typeof INPUTS)[N]>;

/** The parameters of an operation. Throws `InvalidParameterException`. */
export function parseInput<N extends OperationName>(name: N, input: unknown): InputOf<N> {
  const parsed = v.safeParse(INPUTS[name], input);
  if (!parsed.success) throw invalidParameter(v.summarize(parsed.issues));
  return parsed.output;
}
