import { describe, expect, it } from 'vitest';
import { readSecretRotationRequest } from './request.ts';

const TOKEN = '0198c0de-0000-7000-8000-000000000001';
const event = { Step: 'createSecret', SecretId: 'arn:one', ClientRequestToken: TOKEN };

describe('an invocation by Secrets Manager', () => {
  it.each(['createSecret', 'setSecret', 'testSecret', 'finishSecret'])(
    'is read as a request for %s',
    (step) => {
      expect(readSecretRotationRequest({ ...event, Step: step, RotationToken: 'more' })).toEqual({
        step,
        secretId: 'arn:one',
        token: TOKEN,
      });
    },
  );

  it.each([['t'.repeat(32)], ['t'.repeat(64)]])('may have the token %s', (token) => {
    expect(readSecretRotationRequest({ ...event, ClientRequestToken: token }).token).toBe(token);
  });

  it.each<[string, unknown, string]>([
    ['no event', undefined, 'the event'],
    ['a text instead of an event', 'createSecret', 'the event'],
    ['an unknown step', { ...event, Step: 'deleteSecret' }, 'Step'],
    ['no secret', { ...event, SecretId: '' }, 'SecretId'],
    ['a key instead of a secret', { ...event, SecretId: 'AQEzSecretThatWasLeaked' }, 'SecretId'],
    ['a short token', { ...event, ClientRequestToken: 't'.repeat(31) }, 'ClientRequestToken'],
    ['a long token', { ...event, ClientRequestToken: 't'.repeat(65) }, 'ClientRequestToken'],
    ['a token with a space', { ...event, ClientRequestToken: `${'t'.repeat(32)} t` }, 'ClientRequestToken'],
    ['an event of the bus instead', { 'detail-type': 'RotateApiKey' }, 'Step, SecretId, ClientRequestToken'],
  ])('is refused with %s, and the error names the wrong fields', (_what, bad, names) => {
    expect(() => readSecretRotationRequest(bad)).toThrow(
      new TypeError(`not a request of Secrets Manager: ${names}`),
    );
  });

  it('is refused, and the error quotes no value', () => {
    expect(() => readSecretRotationRequest({ ...event, ClientRequestToken: 'AQEsecret' })).toThrow(
      /^(?!.*AQEsecret)/,
    );
  });
});
