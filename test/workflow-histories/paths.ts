import {
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { credentialPath } from '../../src/rotation/api-credential.ts';
import { credential } from '../support/rotations.ts';
import { rotateApiKey, SECRET, type World } from '../support/workflow-world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The main paths of the workflow, by name. Each prepares its world and returns the event that starts the execution. */
export const PATHS: Readonly<Record<string, (world: World) => Promise<object>>> = {
  async works() {
    return rotateApiKey();
  },

  async 'unknown-outcome'(world) {
    world.adyen.faults.order({ kind: 'cut', when: 'after' });
    return rotateApiKey();
  },

  async overlap(world) {
    await world.rotateOverHttp();
    return rotateApiKey();
  },

  async stalled(world) {
    world.adyen.faults.order({ kind: 'respond', operation: 'me', status: 401, times: 25 });
    return rotateApiKey();
  },

  /** The key in use ends early, because of an unanswered call: the new key is replaced after some hours. */
  async replaced(world) {
    world.adyen.faults.order({ kind: 'cut', when: 'after' });
    await world.rotateOverHttp();
    world.passTime(17 * HOUR_MS);
    world.adyen.faults.order({ kind: 'respond', operation: 'me', status: 401, times: 40 });
    return rotateApiKey();
  },

  async resumed(world) {
    await world.rotateOverHttp();
    return lastEvent(world);
  },

  async superseded(world) {
    await world.rotateOverHttp();
    const first = lastEvent(world);
    world.passTime(MINUTE_MS);
    await world.rotateOverHttp({ request: { force: true } });
    return first;
  },

  async recovered(world) {
    world.adyen.faults.order({ kind: 'cut', when: 'after' });
    await world.rotateOverHttp();
    return lastEvent(world);
  },

  /** A call that was processed late may end the next key. */
  async renewed(world) {
    world.adyen.faults.order({ kind: 'late', ms: 10 * MINUTE_MS });
    await world.rotateOverHttp();
    world.passTime(3 * MINUTE_MS);
    await world.rotateOverHttp();
    return lastEvent(world);
  },

  async displaced(world) {
    await world.rotateOverHttp();
    generateOutside(world);
    return lastEvent(world);
  },

  async healed(world) {
    generateOutside(world);
    world.passTime(25 * HOUR_MS);
    return dead(world);
  },

  async 'healed-by-pending'(world) {
    await world.rotateOverHttp();
    world.passTime(25 * HOUR_MS);
    return dead(world);
  },

  async 'rolled-back'(world) {
    await rotateAndGoBack(world);
    await world.checkKeys();
    return lastEvent(world);
  },

  async refused() {
    return rotateApiKey({ reason: '' });
  },

  async forbidden() {
    return rotateApiKey({}, { source: 'somebody' });
  },
};

/** Secrets Manager rotates the secret, and an operator goes back to the previous key a quarter of an hour later. */
export async function rotateAndGoBack(world: World): Promise<void> {
  const client = new SecretsManagerClient({ endpoint: world.secretsManager.url });
  world.secretsManager.rotateWith((step) => world.rotateSecret(step));
  await client.send(new RotateSecretCommand({ SecretId: SECRET }));
  await world.secretsManager.idle();
  world.passTime(15 * MINUTE_MS);
  const { AWSCURRENT, AWSPREVIOUS } = world.secretsManager.staged(SECRET);
  const move = { SecretId: SECRET, VersionStage: 'AWSCURRENT', RemoveFromVersionId: AWSCURRENT?.id };
  await client.send(new UpdateSecretVersionStageCommand({ ...move, MoveToVersionId: AWSPREVIOUS?.id }));
  client.destroy();
}

function lastEvent(world: World): object {
  const event = world.bus.events.at(-1);
  if (!event) throw new Error('no event is on the bus');
  return event;
}

function generateOutside(world: World): void {
  const found = world.adyen.credentials.find(credentialPath(credential));
  if (found) world.adyen.credentials.generateKey(found);
}

function dead(world: World): object {
  const versionId = world.secretsManager.staged(SECRET).AWSCURRENT?.id;
  const detail = { credential, versionId, seen: 'GET /me answered 401' };
  return { 'detail-type': 'ApiKeyDead', source: 'keyturn', id: 'check-1', detail };
}
