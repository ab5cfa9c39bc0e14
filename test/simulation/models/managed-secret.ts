import { ManagedSecretError } from '../../../src/rotation/managed-secret-error.ts';
import type { ManagedSecret, SecretDescription } from '../../../src/rotation/ports.ts';
import { Secret } from '../../../src/secret.ts';
import type { Container } from '../kernel/container.ts';
import type { Random } from '../kernel/random.ts';
import type { Call } from '../kernel/remote-call.ts';
import { AwsError, type SecretState, type SecretView } from './secrets.ts';

/** How often a read lags behind, and by how much at most (ms). */
const LAGS = 0.03;
const LONGEST_LAG_MS = 5_000;

/** A secret in the account. `isRotated`: Secrets Manager has a rotation function for it. */
export type AccountSecret = Readonly<{ id: string; arn: string; isRotated: boolean; state: SecretState }>;

/** The port to a managed secret as ports.ts documents it, as one process uses it. */
export function createManagedSecretPort(deps: {
  secret: AccountSecret;
  call: Call;
  container: Container;
  random: Random;
  now: () => number;
  lags: boolean;
  onStored: (secretId: string, versionId: string, key: string) => void;
}): ManagedSecret {
  const { secret, call, container, random, now, lags, onStored } = deps;
  const { id, arn, state } = secret;

  const ask = async <T>(doing: string, perform: () => T): Promise<T> => {
    const failure = (reason: string) =>
      new ManagedSecretError(`the managed secret ${id} cannot be ${doing} (${reason})`);
    try {
      return await call(container, 'secrets-manager', doing, perform, failure);
    } catch (error) {
      throw error instanceof AwsError ? failure(error.name) : error;
    }
  };
  const read = <T>(doing: string, look: (view: SecretView) => T) =>
    ask(doing, () => {
      const lag = lags && random.chance(LAGS) ? random.between(0, LONGEST_LAG_MS) : 0;
      return look(state.at(now() - lag));
    });
  const describe = () => read('described', describeView);

  return {
    id,
    async store(versionId, { apiKey, rotationId }) {
      await ask('written', () => {
        state.put(versionId, { apiKey: apiKey.reveal(), rotationId }, 'keyturn');
        onStored(id, versionId, apiKey.reveal());
      });
      return { arn, versionId, stage: 'AWSPENDING' };
    },
    read: (versionId) =>
      read('read', ({ versions }) => {
        const version = versions.get(versionId);
        if (!version?.value) return undefined;
        return {
          apiKey: new Secret(version.value.apiKey),
          version: { arn, versionId, stage: 'AWSPENDING' },
          storedAt: Math.floor(version.createdAt / 1000) * 1000,
        };
      }),
    readCurrent: () =>
      read('read', ({ versions, labels }) => {
        const version = versions.get(labels.get('AWSCURRENT') ?? '');
        return version?.value && { versionId: version.id, apiKey: new Secret(version.value.apiKey) };
      }),
    async promote(versionId, right) {
      const { stagesOf, versionOf } = await describe();
      const stages = stagesOf(versionId) ?? [];
      if (stages.includes('AWSCURRENT')) {
        if (stages.includes('AWSPENDING')) {
          await ask('changed', () => state.move('AWSPENDING', versionId, undefined, 'keyturn'));
        }
        return 'promoted';
      }
      if (right !== 'last-working' && stages.includes('AWSPREVIOUS')) return 'superseded';
      if (right === 'pending' && !stages.includes('AWSPENDING')) return 'superseded';
      const current = versionOf('AWSCURRENT');
      await ask('promoted', () => state.move('AWSCURRENT', current, versionId, 'keyturn'));
      const pending = versionOf('AWSPENDING');
      if (pending !== undefined) {
        await ask('changed', () => state.move('AWSPENDING', pending, undefined, 'keyturn'));
      }
      return 'promoted';
    },
    async discard(versionId) {
      const { stagesOf } = await describe();
      if (!stagesOf(versionId)?.includes('AWSPENDING')) return;
      await ask('changed', () => state.move('AWSPENDING', versionId, undefined, 'keyturn'));
    },
    describe,
  };

  function describeView({ labels }: SecretView): SecretDescription {
    const staged = new Map<string, string[]>();
    for (const [stage, version] of labels) staged.set(version, [...(staged.get(version) ?? []), stage]);
    return {
      arn,
      name: id,
      isRotated: secret.isRotated,
      stagesOf: (versionId) => staged.get(versionId),
      versionOf: (stage) => labels.get(stage),
    };
  }
}
