import { describe, expect, it } from 'vitest';
import { Secret } from '../secret.ts';
import { readRestServiceError } from './rest-service-error.ts';

const key = new Secret('AQEyhmfxK4/secret+key=');
const read = (body: unknown) => readRestServiceError(JSON.stringify(body), undefined, [key]);

describe("Adyen's error body", () => {
  it('is read field by field, without its own status field', () => {
    const error = {
      type: 'https://docs.adyen.com/errors/validation',
      errorCode: '30_011',
      title: 'Invalid request',
      detail: 'The API credential is not active.',
      requestId: '1W1UI15PLVGC9V8O',
      invalidFields: [{ name: 'apiCredentialId', value: 'S2-1', message: 'is not active' }],
    };
    expect(read({ ...error, status: 200 })).toEqual(error);
  });

  it.each([
    ['HTML', '<html><h1>502 Bad Gateway</h1></html>'],
    ['nothing', ''],
    ['a list', '[1,2]'],
    ['null', 'null'],
    ['text', '"down"'],
  ])('is read as empty if it is %s', (_what, body) => {
    expect(readRestServiceError(body, undefined, [])).toEqual({});
  });

  it('is read as text in each field that has an unexpected type', () => {
    expect(
      read({ errorCode: 905, title: { nl: 'Fout' }, invalidFields: ['x', { name: 'a', message: 1 }] }),
    ).toEqual({
      errorCode: '905',
      title: '{"nl":"Fout"}',
      invalidFields: [
        { name: '', message: '' },
        { name: 'a', message: '1' },
      ],
    });
  });

  it('is read without a field that is nested deeper than JSON can be written', () => {
    const nested = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
    const body = `{"title":${nested},"detail":"down","invalidFields":[{"name":"a","value":${nested}}]}`;
    expect(readRestServiceError(body, undefined, [key])).toEqual({
      detail: 'down',
      invalidFields: [{ name: 'a', message: '' }],
    });
  });

  it('is cut to a limited size', () => {
    const long = 'word '.repeat(10_000);
    const error = read({ detail: long, invalidFields: Array.from({ length: 500 }, () => ({ name: long })) });
    expect(JSON.stringify(error).length).toBeLessThan(8_000);
  });

  it.each([
    ['is cut in the middle of a character', `${'word '.repeat(102)}😀 and more`],
    ['contains half of a character', 'no such \ud83d thing'],
  ])('is well-formed Unicode if it %s', (_what, detail) => {
    expect(read({ detail }).detail?.isWellFormed()).toBe(true);
  });

  it.each([
    ['the key that was sent', `no such key: ${key.reveal()}`],
    ['its URL-encoded form', `?key=${encodeURIComponent(key.reveal())}`],
    ['its base64 form', Buffer.from(key.reveal()).toString('base64')],
    ['another Adyen key', 'try AQEwhmfuXNWTK0Qc+iSS3nuu9RMNNvYZ'],
    ['a token', 'Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhcHAifQ.c2ln'],
    ['a long random string', `id ${'a1B2'.repeat(12)}`],
  ])('does not show %s', (_what, detail) => {
    const shown = read({ detail }).detail ?? '';
    expect(shown).toContain('[redacted]');
    for (const word of detail.split(/\s|=/).filter((part) => part.length > 15))
      expect(shown).not.toContain(word);
  });
});
