import { type ApiCredential, credentialPath } from '../../src/rotation/api-credential.ts';
import type { Facts } from './facts.ts';
import type { Kernel } from './kernel/kernel.ts';
import type { Random } from './kernel/random.ts';
import type { Trace } from './kernel/remote-call.ts';
import type { Adyen } from './models/adyen.ts';
import type { AccountSecret } from './models/managed-secret.ts';
import { createSecretState } from './models/secrets.ts';
import type { Scenario } from './scenarios.ts';

const MOST_CREDENTIALS = 7;
const LEAST_CREDENTIALS = 3;

/** The source whose events may ask for rotations; those of other sources may not. */
export const GRANTED_SOURCE = 'ops.keys';

/** The AWS account and the API credentials of a world. */
export type Account = {
  readonly credentials: readonly ApiCredential[];
  readonly secrets: readonly AccountSecret[];
  /** By name or ARN. */
  secret(id: string): AccountSecret;
  secretIdOf(credential: string): string | undefined;
  credentialOf(secretId: string): ApiCredential | undefined;
  isGranted(source: string, credential: ApiCredential): boolean;
  /** Calls the listener with each secret of which Keyturn moves AWSCURRENT. */
  onPromotion(listener: (secret: AccountSecret) => void): void;
  /** The key in the secret of the management credential. */
  managementKey: string;
};

/** Sets an account up: each API credential has a key that works, which is current in its managed secret, if it has one. */
export function createAccount(deps: {
  kernel: Kernel;
  random: Random;
  adyen: Adyen;
  facts: Facts;
  trace: Trace;
  scenario: Scenario;
}): Account {
  const { kernel, random, adyen, facts, trace, scenario } = deps;
  const credentials = Array.from(
    { length: random.whole(LEAST_CREDENTIALS, MOST_CREDENTIALS) },
    (_, index): ApiCredential => ({
      level: random.pick(['companies', 'merchants']),
      accountId: `ACME_${random.whole(1, 2)}`,
      apiCredentialId: `S2-${index}`,
    }),
  );
  let listener: ((secret: AccountSecret) => void) | undefined;
  const byId = new Map<string, AccountSecret>();
  const owners = new Map<string, ApiCredential>();
  const secretIds = new Map<string, string>();
  for (const credential of credentials) {
    const path = credentialPath(credential);
    const { text } = adyen.firstKey(path);
    if (!random.chance(scenario.managed)) continue;
    const secret = createSecret(`keyturn/keys/${path}`, text);
    byId.set(secret.id, secret).set(secret.arn, secret);
    owners.set(secret.id, credential);
    secretIds.set(path, secret.id);
  }

  return {
    credentials,
    secrets: [...secretIds.values()].map(secretOf),
    secret: secretOf,
    secretIdOf: (path) => secretIds.get(path),
    credentialOf: (id) => owners.get(id),
    isGranted: (source) => source === GRANTED_SOURCE,
    onPromotion(added) {
      listener = added;
    },
    managementKey: adyen.newManagementKey(),
  };

  function secretOf(id: string): AccountSecret {
    const secret = byId.get(id);
    if (!secret) throw new RangeError(`no such secret: ${id}`);
    return secret;
  }

  function createSecret(id: string, apiKey: string): AccountSecret {
    const state = createSecretState(
      { id: random.uuid(), value: { apiKey } },
      kernel.now,
      (stage, versionId, by) => {
        trace?.(() => `SECRET ${id}: ${stage} is on ${versionId} (by ${by})`);
        facts.labels.push({ at: kernel.now(), secretId: id, stage, versionId, by });
        if (stage === 'AWSCURRENT' && by === 'keyturn') listener?.(secretOf(id));
      },
    );
    const arn = `arn:aws:secretsmanager:eu-west-1:000000000000:secret:${id}-abc123`;
    return { id, arn, isRotated: random.chance(scenario.rotatedByAws), state };
  }
}
