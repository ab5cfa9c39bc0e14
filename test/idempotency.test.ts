import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiCredential, credentialPath } from '../src/rotation/api-credential.ts';
import { type Keyturn, type RotateCall, startKeyturn } from './support/keyturn.ts';

const EVERYTHING = ['*/*/apiCredentials/*'];

let keyturn: Keyturn;
beforeAll(async () => {
  keyturn = await startKeyturn({
    ROTATION_MIN_INTERVAL_SECONDS: '0',
    ROTATION_QUARANTINE_SECONDS: '0',
    CALLER_GRANTS: JSON.stringify({ 'client:local-app': EVERYTHING, 'subject:other-user': EVERYTHING }),
  });
});
afterAll(() => keyturn.close());

const generated = (credential: ApiCredential) =>
  keyturn.adyen.credentials.generated(credentialPath(credential));
const withKey = (key: string, body?: object): RotateCall => ({
  headers: { 'idempotency-key': key, ...(body && { 'content-type': 'application/json' }) },
  body: body && JSON.stringify(body),
});

describe('the same Idempotency-Key', () => {
  it('is the same rotation after success, and the key is not given twice', async () => {
    const credential = keyturn.newCredential();
    const first = await keyturn.rotate(credential, withKey('one'));
    const replay = await keyturn.rotate(credential, withKey('one'));
    expect(replay.status).toBe(200);
    expect(replay.body).toEqual({ rotation: first.body.rotation });
    expect(replay.headers).toMatchObject({ 'Idempotent-Replayed': 'true' });
    expect(first.headers).not.toHaveProperty('Idempotent-Replayed');
    expect(generated(credential)).toBe(1);
  });

  it('is the same rotation even if others have followed it', async () => {
    const credential = keyturn.newCredential();
    const first = await keyturn.rotate(credential, withKey('one'));
    await keyturn.rotate(credential, withKey('two'));
    await keyturn.rotate(credential);
    const replay = await keyturn.rotate(credential, withKey('one'));
    expect(replay.body.rotation.id).toBe(first.body.rotation.id);
    expect(generated(credential)).toBe(3);
  });

  it('is the same problem after a permanent failure', async () => {
    const credential = keyturn.newCredential();
    keyturn.adyen.faults.order({ kind: 'respond', status: 422, credential: credentialPath(credential) });
    const first = await keyturn.rotate(credential, withKey('one'));
    const replay = await keyturn.rotate(credential, withKey('one'));
    const { requestId: _first, ...problem } = first.body;
    expect(replay.body).toMatchObject({ ...problem, code: 'upstream-validation' });
    expect(replay.headers).toMatchObject({ 'Idempotent-Replayed': 'true' });
    expect(generated(credential)).toBe(0);
  });

  it.each([
    ['a temporary failure', { kind: 'respond', status: 429, headers: { 'Retry-After': '60' } }],
    ['an unknown outcome', { kind: 'respond', status: 500 }],
  ] as const)('is a new rotation after %s', async (_what, fault) => {
    const credential = keyturn.newCredential();
    keyturn.adyen.faults.order({ ...fault, credential: credentialPath(credential) });
    const first = await keyturn.rotate(credential, withKey('one'));
    const second = await keyturn.rotate(credential, withKey('one'));
    expect(first.body.retryable).toBe(true);
    expect(second.status).toBe(200);
    expect(second.body.rotation.id).not.toBe(first.body.rotationId);
    const replay = await keyturn.rotate(credential, withKey('one'));
    expect(replay.body.rotation.id).toBe(second.body.rotation.id);
  });

  it('is in progress while its rotation runs', async () => {
    const credential = keyturn.newCredential();
    keyturn.adyen.faults.order({
      kind: 'latency',
      when: 'after',
      ms: 200,
      credential: credentialPath(credential),
    });
    const running = keyturn.rotate(credential, withKey('one'));
    await expect.poll(() => keyturn.items(credential)).toHaveLength(1);
    expect(await keyturn.rotate(credential, withKey('one'))).toMatchObject({
      status: 409,
      body: { code: 'rotation-in-progress', retryAfter: expect.any(Number) },
    });
    expect((await running).status).toBe(200);
  });

  it('with another body is refused', async () => {
    const credential = keyturn.newCredential();
    const first = await keyturn.rotate(credential, withKey('one', { reason: 'quarterly' }));
    const reused = await keyturn.rotate(credential, withKey('one', { reason: 'leaked' }));
    expect(reused).toMatchObject({
      status: 422,
      body: { code: 'idempotency-key-reused', rotationId: first.body.rotation.id },
    });
  });

  it('of another caller is another rotation', async () => {
    const credential = keyturn.newCredential();
    const first = await keyturn.rotate(credential, withKey('one'));
    const other = await keyturn.rotate(credential, { ...withKey('one'), claims: { sub: 'other-user' } });
    expect(other.status).toBe(200);
    expect(other.body.rotation.id).not.toBe(first.body.rotation.id);
  });

  it('for another API credential is another rotation', async () => {
    const answers = [keyturn.newCredential(), keyturn.newCredential()].map((credential) =>
      keyturn.rotate(credential, withKey('one')),
    );
    const ids = (await Promise.all(answers)).map(({ body }) => body.rotation.id);
    expect(new Set(ids).size).toBe(2);
  });

  it('is never stored in plain text', async () => {
    const credential = keyturn.newCredential();
    await keyturn.rotate(credential, withKey('a-key-worth-hiding'));
    expect(JSON.stringify(await keyturn.items(credential))).not.toContain('a-key-worth-hiding');
  });
});
