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
import { ApiKeySchema } from '../rotation/api-key.ts';
import { ManagedSecretError } from '../rotation/managed-secret-error.ts';
import type { ManagedSecret, PromotionRight, SecretDescription } from '../rotation/ports.ts';

const ValueSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ apiKey: ApiKeySchema, rotationId: v.exactOptional(v.string()) }),
);

/**
 * Makes the access to one secret, by its name or ARN.
 *
 * @param isRotating whether Secrets Manager is rotating the secret. Then it takes `AWSPENDING` off the promoted version by
 * itself; a call of the rotation function that does so "can indicate to Secrets Manager that the rotation did not complete
 * successfully" (user guide, "Lambda rotation functions")
 */
export function createManagedSecret(
  client: SecretsManagerClient,
  id: string,
  isRotating = false,
): ManagedSecret {
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

    async promote(versionId, right) {
      const { stagesOf, versionOf } = await describe();
      const stages = stagesOf(versionId) ?? [];
      if (stages.includes('AWSCURRENT')) {
        if (stages.includes('AWSPENDING') && !isRotating) await takeOffPending(versionId);
        return 'promoted';
      }
      if (!isEntitled(right, stages)) return 'superseded';
      const current = versionOf('AWSCURRENT');
      // AWS refuses this if the label has moved meanwhile, so that no other promotion is undone.
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
      // Left there, the label would come back with an operator's rollback, and Secrets Manager would take the version for
      // a rotation that is under way.
      const pending = versionOf('AWSPENDING');
      if (pending !== undefined && !isRotating) await takeOffPending(pending);
      return 'promoted';
    },

    async discard(versionId) {
      const { stagesOf } = await describe();
      if (stagesOf(versionId)?.includes('AWSPENDING')) await takeOffPending(versionId);
    },

    describe,
  };

  async function takeOffPending(versionId: string): Promise<void> {
    try {
      await ask('changed', () =>
        client.send(
          new UpdateSecretVersionStageCommand({
            SecretId: id,
            VersionStage: 'AWSPENDING',
            RemoveFromVersionId: versionId,
          }),
        ),
      );
    } catch (error) {
      // By the same page of the user guide, moving AWSCURRENT has already taken the label off.
      const { stagesOf } = await describe();
      if (stagesOf(versionId)?.includes('AWSPENDING')) throw error;
    }
  }

  async function describe(): Promise<SecretDescription> {
    const secret = await ask('described', () => client.send(new DescribeSecretCommand({ SecretId: id })));
    return toDescription(secret, id);
  }

  async function get(which: { VersionId: string } | { VersionStage: string }) {
    const answer = await ask('read', async () => {
      try {
        return await client.send(new GetSecretValueCommand({ SecretId: id, ...which }));
      } catch (error) {
        // The secret has no such version yet, or does not exist: either way there is no key.
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      }
    });
    const value = v.safeParse(ValueSchema, answer?.SecretString);
    if (!value.success || !answer?.VersionId) return undefined;
    return {
      arn: answer.ARN ?? id,
      versionId: answer.VersionId,
      apiKey: value.output.apiKey,
      storedAt: answer.CreatedDate?.getTime() ?? 0,
    };
  }

  async function ask<T>(doing: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const reason = error instanceof Error ? error.name : 'unknown';
      throw new ManagedSecretError(
        `the managed secret ${id} cannot be ${doing} (${reason})`,
        error instanceof ResourceNotFoundException,
      );
    }
  }
}

/** Whether a version with these labels may become current. */
function isEntitled(right: PromotionRight, stages: readonly string[]): boolean {
  // AWSPENDING stays on a version that was current once: the label alone does not make it pending.
  if (right !== 'last-working' && stages.includes('AWSPREVIOUS')) return false;
  return right !== 'pending' || stages.includes('AWSPENDING');
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
