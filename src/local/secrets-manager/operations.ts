import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { invalidParameter } from './refusal.ts';
import type { Rotations } from './rotation.ts';
import type { LocalSecret, Secrets } from './secrets.ts';

const SecretId = v.pipe(v.string(), v.nonEmpty());
const stage = v.pipe(v.string(), v.minLength(1), v.maxLength(256));
const token = v.optional(v.pipe(v.string(), v.regex(/^[\x21-\x7e]{32,64}$/)));

const INPUTS = {
  CreateSecret: v.object({
    Name: v.pipe(v.string(), v.maxLength(512), v.regex(/^[A-Za-z0-9/_+=.@!-]+$/)),
    SecretString: v.optional(v.string()),
    ClientRequestToken: token,
  }),
  GetSecretValue: v.object({
    SecretId,
    VersionId: v.exactOptional(v.string()),
    VersionStage: v.exactOptional(v.string()),
  }),
  PutSecretValue: v.object({
    SecretId,
    SecretString: v.string(),
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
} as const;

type Name = keyof typeof INPUTS;

export type Operations = Readonly<Record<Name, (input: unknown) => object>>;

/** The calls of AWS Secrets Manager that are served here. Each throws a `Refusal` as AWS does. */
export function createOperations(
  secrets: Secrets,
  rotations: Rotations,
  onRead: (id: string) => void,
): Operations {
  return {
    CreateSecret(input) {
      const {
        Name,
        SecretString: value,
        ClientRequestToken: id = randomUUID(),
      } = parse('CreateSecret', input);
      const secret = secrets.create(Name);
      if (value === undefined) return namesOf(secret);
      secrets.put(secret, { id, value, stages: ['AWSCURRENT'] });
      return { ...namesOf(secret), VersionId: id };
    },

    GetSecretValue(input) {
      const { SecretId: id, VersionId, VersionStage } = parse('GetSecretValue', input);
      onRead(id);
      const secret = secrets.find(id);
      const version = secrets.read(secret, {
        ...(VersionId !== undefined && { versionId: VersionId }),
        ...(VersionStage !== undefined && { stage: VersionStage }),
      });
      return {
        ...namesOf(secret),
        VersionId: version.id,
        SecretString: version.value,
        VersionStages: secrets.stagesOf(secret, version.id),
        CreatedDate: version.createdAt / 1000,
      };
    },

    PutSecretValue(input) {
      const asked = parse('PutSecretValue', input);
      const { SecretString: value, ClientRequestToken: id = randomUUID(), VersionStages: stages } = asked;
      const secret = secrets.find(asked.SecretId);
      secrets.put(secret, { id, value, stages });
      return { ...namesOf(secret), VersionId: id, VersionStages: secrets.stagesOf(secret, id) };
    },

    DescribeSecret(input) {
      const secret = secrets.find(parse('DescribeSecret', input).SecretId);
      const { enabled, lambdaArn, rules, lastRotated } = secret.rotation;
      const labelled = [...new Set(secret.labels.values())];
      return {
        ...namesOf(secret),
        RotationEnabled: enabled,
        ...(lambdaArn !== undefined && { RotationLambdaARN: lambdaArn }),
        ...(rules !== undefined && { RotationRules: rules }),
        ...(lastRotated !== undefined && { LastRotatedDate: lastRotated / 1000 }),
        VersionIdsToStages: Object.fromEntries(labelled.map((id) => [id, secrets.stagesOf(secret, id)])),
      };
    },

    UpdateSecretVersionStage(input) {
      const asked = parse('UpdateSecretVersionStage', input);
      const secret = secrets.find(asked.SecretId);
      secrets.move(secret, asked.VersionStage, asked.RemoveFromVersionId, asked.MoveToVersionId);
      return namesOf(secret);
    },

    RotateSecret(input) {
      const asked = parse('RotateSecret', input);
      const secret = secrets.find(asked.SecretId);
      const {
        ClientRequestToken: id = randomUUID(),
        RotationLambdaARN: lambdaArn,
        RotationRules: rules,
      } = asked;
      rotations.requireFunction();
      secret.rotation = {
        ...secret.rotation,
        enabled: true,
        ...(lambdaArn !== undefined && { lambdaArn }),
        ...(rules !== undefined && { rules }),
      };
      if (!asked.RotateImmediately) return namesOf(secret);
      rotations.begin(secret, id);
      return { ...namesOf(secret), VersionId: id };
    },

    CancelRotateSecret(input) {
      const secret = secrets.find(parse('CancelRotateSecret', input).SecretId);
      secret.rotation.enabled = false;
      rotations.cancel(secret);
      return namesOf(secret);
    },
  };
}

function parse<N extends Name>(name: N, input: unknown): v.InferOutput<(typeof INPUTS)[N]> {
  const parsed = v.safeParse(INPUTS[name], input);
  if (!parsed.success) throw invalidParameter(v.summarize(parsed.issues));
  return parsed.output;
}

function namesOf({ arn, name }: LocalSecret) {
  return { ARN: arn, Name: name };
}
