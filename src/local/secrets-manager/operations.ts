import { randomUUID } from 'node:crypto';
import { type OperationName, parseInput } from './inputs.ts';
import { listSecrets } from './list-secrets.ts';
import type { Rotations } from './rotation.ts';
import type { SecretView } from './secret-state.ts';
import { type LocalSecret, type Secrets, stagesOf } from './secrets.ts';

export type Operations = Readonly<Record<OperationName, (input: unknown) => object>>;

/**
 * The supported operations of AWS Secrets Manager. Each throws a `SecretsManagerError` if AWS would respond with an error.
 *
 * @param onRead called with the id of the secret before every read
 * @param seen the secret as a read sees it now
 */
export function createOperations(
  secrets: Secrets,
  rotations: Rotations,
  onRead: (id: string) => void,
  seen: (secret: LocalSecret) => SecretView,
): Operations {
  return {
    CreateSecret(input) {
      const {
        Name,
        SecretString: value,
        ClientRequestToken: id = randomUUID(),
      } = parseInput('CreateSecret', input);
      const secret = secrets.create(Name);
      if (value === undefined) return namesOf(secret);
      secrets.put(secret, { id, value, stages: ['AWSCURRENT'] });
      return { ...namesOf(secret), VersionId: id };
    },

    GetSecretValue(input) {
      const { SecretId: id, VersionId, VersionStage } = parseInput('GetSecretValue', input);
      onRead(id);
      const secret = secrets.find(id);
      const view = seen(secret);
      const version = secrets.read(view, {
        ...(VersionId !== undefined && { versionId: VersionId }),
        ...(VersionStage !== undefined && { stage: VersionStage }),
      });
      return {
        ...namesOf(secret),
        VersionId: version.id,
        SecretString: version.value,
        VersionStages: stagesOf(view, version.id),
        CreatedDate: version.createdAt / 1000,
      };
    },

    PutSecretValue(input) {
      const request = parseInput('PutSecretValue', input);
      const { SecretString: value, ClientRequestToken: id = randomUUID(), VersionStages: stages } = request;
      const secret = secrets.find(request.SecretId);
      secrets.put(secret, { id, value, stages });
      return { ...namesOf(secret), VersionId: id, VersionStages: stagesOf(secret.state.latest(), id) };
    },

    DescribeSecret(input) {
      const secret = secrets.find(parseInput('DescribeSecret', input).SecretId);
      const { enabled, lambdaArn, rules, lastRotated } = secret.rotation;
      const view = seen(secret);
      const labelled = [...new Set(view.labels.values())];
      return {
        ...namesOf(secret),
        RotationEnabled: enabled,
        ...(lambdaArn !== undefined && { RotationLambdaARN: lambdaArn }),
        ...(rules !== undefined && { RotationRules: rules }),
        ...(lastRotated !== undefined && { LastRotatedDate: lastRotated / 1000 }),
        VersionIdsToStages: Object.fromEntries(labelled.map((id) => [id, stagesOf(view, id)])),
      };
    },

    UpdateSecretVersionStage(input) {
      const request = parseInput('UpdateSecretVersionStage', input);
      const secret = secrets.find(request.SecretId);
      secrets.move(secret, request.VersionStage, request.RemoveFromVersionId, request.MoveToVersionId);
      return namesOf(secret);
    },

    RotateSecret(input) {
      const request = parseInput('RotateSecret', input);
      const secret = secrets.find(request.SecretId);
      const {
        ClientRequestToken: id = randomUUID(),
        RotationLambdaARN: lambdaArn,
        RotationRules: rules,
      } = request;
      rotations.requireFunction();
      secret.rotation = {
        ...secret.rotation,
        enabled: true,
        ...(lambdaArn !== undefined && { lambdaArn }),
        ...(rules !== undefined && { rules }),
      };
      if (!request.RotateImmediately) {
        rotations.test(secret, id);
        return namesOf(secret);
      }
      rotations.begin(secret, id);
      return { ...namesOf(secret), VersionId: id };
    },

    CancelRotateSecret(input) {
      const secret = secrets.find(parseInput('CancelRotateSecret', input).SecretId);
      secret.rotation.enabled = false;
      rotations.cancel(secret);
      return namesOf(secret);
    },

    ListSecrets: (input) => listSecrets(secrets.list(), parseInput('ListSecrets', input)),
  };
}

function namesOf({ arn, name }: LocalSecret) {
  return { ARN: arn, Name: name };
}
