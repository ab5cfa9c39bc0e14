import { describe, expect, it } from 'vitest';
import { readSecretRotationRequest } from './request.ts';

const TOKEN = '0198c0de-0000-7000-8000-000000000001';
const event = { Step: 'createSecret', SecretId: 'arn:one', ClientRequestToken: TOKEN };

describe('what Secrets Manager sends', () => {
  it.each(['createSecret', 'setSecret', 'testSecret', 'finishSecret'])('is a request for %s', (step) => {
    expect(readSecretRotationRequest({ ...event, Step: step, RotationToken: 'more' })).toEqual({
      step,
      secretId: 'arn:one',
      token: TOKEN,
    });
  });

  it.each([['t'.repeat(32)], ['t'.repeat(64)]])('may have the token %s', (token) => {
    expect(readSecretRotationRequest({ ...event, ClientRequestToken: token }).token).toBe(token);
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'the event'],
    ['a text', 'createSecret', 'the event'],
    ['another step', { ...event, Step: 'deleteSecret' }, 'Step'],
    ['no secret', { ...event, SecretId: '' }, 'SecretId'],
    ['a short token', { ...event, ClientRequestToken: 't'.repeat(31) }, 'ClientRequestToken'],
    ['a long token', { ...event, ClientRequestToken: 't'.repeat(65) }, 'ClientRequestToken'],
    ['a token with a space', { ...event, ClientRequestToken: `${'t'.repeat(32)} t` }, 'ClientRequestToken'],
    ['an event of the bus', { 'detail-type': 'RotateApiKey' }, 'Step, SecretId, ClientRequestToken'],
  ])('is refused where it is %s, by the names of what is wrong', (_what, bad, names) => {
    expect(() => readSecretRotationRequest(bad)).toThrow(
      new TypeError(`not a request of Secrets Manager: ${names}`),
    );
  });

  it('is refused without a word of what stands in it', () => {
    expect(() => readSecretRotationRequest({ ...event, ClientRequestToken: 'AQEsecret' })).toThrow(
      /^(?!.*AQEsecret)/,
    );
  });
});
