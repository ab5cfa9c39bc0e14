import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { credentialPath } from '../src/rotation/api-credential.ts';
import { type Keyturn, startKeyturn } from './support/keyturn.ts';

const DAY_S = 86_400;

describe('a retention of 30 days', () => {
  let keyturn: Keyturn;
  beforeAll(async () => {
    keyturn = await startKeyturn({ AUDIT_RETENTION_DAYS: '30', ROTATION_MIN_INTERVAL_SECONDS: '0' });
  });
  afterAll(() => keyturn.close());

  it('lets a closed record expire 30 days after its end, and the API says when', async () => {
    const credential = keyturn.newCredential();
    const { rotation } = (await keyturn.rotate(credential)).body;
    const expected = Math.ceil(Date.parse(rotation.completedAt) / 1000) + 30 * DAY_S;
    expect(await keyturn.items(credential)).toMatchObject([{ expiresAt: expected }]);
    const pathParameters = { rotationId: rotation.id };
    const { body } = await keyturn.read('GET /v1/rotations/{rotationId}', { pathParameters });
    expect(body.recordExpiresAt).toBe(new Date(expected * 1000).toISOString());
  });

  it('never lets an open record expire', async () => {
    const credential = keyturn.newCredential();
    keyturn.adyen.faults.order({
      kind: 'latency',
      when: 'after',
      ms: 200,
      credential: credentialPath(credential),
    });
    const rotation = keyturn.rotate(credential);
    await expect.poll(() => keyturn.items(credential)).toHaveLength(1);
    const [item] = await keyturn.items(credential);
    expect(item).toMatchObject({ status: 'started' });
    expect(item).not.toHaveProperty('expiresAt');
    await rotation;
  });

  it('is in the next record too: until then the previous record may not be missing', async () => {
    const credential = keyturn.newCredential();
    await keyturn.rotate(credential);
    await keyturn.rotate(credential);
    const [first, second] = await keyturn.items(credential);
    expect(second?.previousExpiresAt).toBe(new Date(Number(first?.expiresAt) * 1000).toISOString());
  });
});

describe('without a retention', () => {
  it('no record expires', async () => {
    const keyturn = await startKeyturn();
    const credential = keyturn.newCredential();
    await keyturn.rotate(credential);
    const [item] = await keyturn.items(credential);
    expect(item).not.toHaveProperty('expiresAt');
    await keyturn.close();
  });
});
