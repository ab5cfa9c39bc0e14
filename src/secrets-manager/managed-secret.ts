import {
  DescribeSecretCommand,
  type DescribeSecretResponse,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import * as v from 'valibot';
import type { ApiCredential } from '../rotation/api-credential.ts';
import { Secret } from '../secret.ts';
import { apiKeyText } from './secret-value.ts';

const ValueSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ apiKey: apiKeyText, rotationId: v.exactOptional(v.string()) }),
);

/** A version of a managed secret, put there and not yet current. */
export type PendingVersion = Readonly<{ arn: string; versionId: string; stage: 'AWSPENDING' }>;

/** The key of a version, and since when it is there (ms since the epoch). */
export type StoredKey = Readonly<{ apiKey: Secret; version: PendingVersion; storedAt: number }>;

/** The key that the app reads now. */
export type CurrentKey = Readonly<{ versionId: string; apiKey: Secret }>;

/**
 * The Secrets Manager secret from which an app reads the key of its API credential. Every method throws
 * {@link ManagedSecretError} where the secret can not be used.
 */
export type ManagedSecret = Readonly<{
  id: string;
  /** Puts a key as `AWSPENDING`. The same version twice is one version. */
  store(versionId: string, value: { apiKey: Secret; rotationId: string }): Promise<PendingVersion>;
  /** The key of a version and where it is, or `undefined` where there is none. */
  read(versionId: string): Promise<StoredKey | undefined>;
  /** The key of `AWSCURRENT`, or `undefined` where there is none, or none that is a key. */
  readCurrent(): Promise<CurrentKey | undefined>;
  /**
   * Moves `AWSCURRENT` to a version; the one before becomes `AWSPREVIOUS`. `superseded`: another version is
   * pending or current instead, and this one must not come back.
   */
  promote(versionId: string): Promise<'promoted' | 'superseded'>;
  /** Takes the label off a version that will not become current, so that it is in nobody's way. */
  discard(versionId: string): Promise<void>;
  /** The labels of the secret's versions, and whether Secrets Manager rotates it. */
  describe(): Promise<SecretDescription>;
}>;

/** The managed secret of an API credential, if it has one. */
export type ManagedSecretOf = (credential: ApiCredential) => ManagedSecret | undefined;

export type SecretDescription = Readonly<{
  arn: string;
  name: string;
  isRotated: boolean;
  stagesOf(versionId: string): readonly string[] | undefined;
  versionOf(stage: string): string | undefined;
}>;

/** Says which secret can not be used and what AWS called the reason. It quotes nothing else: AWS may quote a value. */
export class ManagedSecretError extends Error {
  override readonly name = 'ManagedSecretError';
}

/** Makes the access to one secret, by its name or ARN. */
export function createManagedSecret(client: SecretsManagerClient, id: string): ManagedSecret {
  return {
    id,

    async store(versionId, { apiKey, rotationId }) {
      const { ARN } = await ask('written', () =>
        client.send(
          new PutSecretValueCommand({
            SecretId: id,
            ClientRequestToken: versionId,
            SecretString: JSON.stringify({ apiKey: apiKey.reveal(), rotationId }),
            VersionStages: ['AWSPENDING'],
          }),
        ),
      );
      return { arn: ARN ?? id, versionId, stage: 'AWSPENDING' };
    },

    async read(versionId) {
      const found = await get({ VersionId: versionId });
      if (!found) return undefined;
      const { apiKey, arn, storedAt } = found;
      return { apiKey, storedAt, version: { arn, versionId, stage: 'AWSPENDING' } };
    },

    async readCurrent() {
      const found = await get({ VersionStage: 'AWSCURRENT' });
      return found && { versionId: found.versionId, apiKey: found.apiKey };
    },

    async promote(versionId) {
      const { stagesOf, versionOf } = await describe();
      const stages = stagesOf(versionId) ?? [];
      if (stages.includes('AWSCURRENT')) return 'promoted';
      // The label AWSPENDING stays where it was: a version that was current before has it too.
      if (stages.includes('AWSPREVIOUS') || !stages.includes('AWSPENDING')) return 'superseded';
      const current = versionOf('AWSCURRENT');
      // Refused by AWS where the label has moved meanwhile: nobody's promotion is undone.
      await ask('promoted', () =>
        client.send(
          new UpdateSecretVersionStageCommand({
            SecretId: id,
            VersionStage: 'AWSCURRENT',
            MoveToVersionId: versionId,
            ...(current !== undefined && { RemoveFromVersionId: current }),
          }),
        ),
      );
      return 'promoted';
    },

    async discard(versionId) {
      const { stagesOf } = await describe();
      if (!stagesOf(versionId)?.includes('AWSPENDING')) return;
      await ask('changed', () =>
        client.send(
          new UpdateSecretVersionStageCommand({
            SecretId: id,
            VersionStage: 'AWSPENDING',
            RemoveFromVersionId: versionId,
          }),
        ),
      );
    },

    describe,
  };

  async function describe(): Promise<SecretDescription> {
    const secret = await ask('described', () => client.send(new DescribeSecretCommand({ SecretId: id })));
    return toDescription(secret, id);
  }

  async function get(which: { VersionId: string } | { VersionStage: string }) {
    const answer = await ask('read', async () => {
      try {
        return await client.send(new GetSecretValueCommand({ SecretId: id, ...which }));
      } catch (error) {
        // The secret is there and has no such version yet, or is not there at all: no key either way.
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      }
    });
    const value = v.safeParse(ValueSchema, answer?.SecretString);
    if (!value.success || !answer?.VersionId) return undefined;
    return {
      arn: answer.ARN ?? id,
      versionId: answer.VersionId,
      apiKey: new Secret(value.output.apiKey),
      storedAt: answer.CreatedDate?.getTime() ?? 0,
    };
  }

  async function ask<T>(doing: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const reason = error instanceof Error ? error.name : 'unknown';
      throw new ManagedSecretError(`the managed secret ${id} can not be ${doing} (${reason})`);
    }
  }
}

function toDescription(secret: DescribeSecretResponse, id: string): SecretDescription {
  const stages = secret.VersionIdsToStages ?? {};
  return {
    arn: secret.ARN ?? id,
    name: secret.Name ?? id,
    isRotated: secret.RotationEnabled ?? false,
    stagesOf: (versionId) => stages[versionId],
    versionOf: (stage) => Object.keys(stages).find((versionId) => stages[versionId]?.includes(stage)),
  };
}
