import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../secret.ts';
import { readRestServiceError, type UpstreamError } from './rest-service-error.ts';

// Keys in the form of Adyen's, made of hashes: no Adyen account knows them.
const hashOf = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('base64');
const KEY = `AQE${hashOf('sha512', 'sent')}-${hashOf('sha256', 'sent')}-3wAc)*$kjnpR,kkn`;
const ANOTHER_KEY = `AQE${hashOf('sha512', 'another')}-${hashOf('sha256', 'another')}`;
const RUNS = 1_500;

const base64 = (text: string, shift: number) => Buffer.from('x'.repeat(shift) + text).toString('base64');
const codesOf = (text: string, form: (code: number) => string) =>
  Array.from(text, (one) => form(one.charCodeAt(0))).join('');
const hexDigits = (code: number, digits: number) => code.toString(16).padStart(digits, '0');

/** Ways to write a text. Each keeps all of it. */
const ENCODINGS = {
  'as it is': (text: string) => text,
  'in lower case': (text: string) => text.toLowerCase(),
  'URL-encoded': encodeURIComponent,
  'URL-encoded to the last character': (text: string) => codesOf(text, (code) => `%${hexDigits(code, 2)}`),
  'as JSON': (text: string) => JSON.stringify(text),
  'with every slash escaped': (text: string) => text.replaceAll('/', '\\/'),
  'as JSON escapes': (text: string) => codesOf(text, (code) => `\\u${hexDigits(code, 4)}`),
  'as JavaScript escapes': (text: string) => codesOf(text, (code) => `\\x${hexDigits(code, 2)}`),
  'as entities': (text: string) => codesOf(text, (code) => `&#${code};`),
  'as hexadecimal entities': (text: string) => codesOf(text, (code) => `&#x${code.toString(16)};`),
  'as entities without an end': (text: string) => codesOf(text, (code) => `&#${code}`),
  'as entities with zeros': (text: string) => codesOf(text, (code) => `&#x${hexDigits(code, 8)};`),
  'as octal escapes': (text: string) => codesOf(text, (code) => `\\${code.toString(8).padStart(3, '0')}`),
  'as a list of its bytes': (text: string) => codesOf(text, (code) => `${code},`),
  'in base64': (text: string) => base64(text, 0),
  'in base64, after one byte': (text: string) => base64(text, 1),
  'in base64, after two bytes': (text: string) => base64(text, 2),
  'in URL-safe base64': (text: string) => Buffer.from(text).toString('base64url'),
  'in hex': (text: string) => Buffer.from(text).toString('hex'),
} as const;

const encoding = fc.constantFrom(...Object.values(ENCODINGS));
/** To write an encoded text in lower case would lose a part of it. */
const lossless = encoding.filter((encode) => encode !== ENCODINGS['in lower case']);
const words = fc.constantFrom(
  '',
  'the key ',
  'Invalid value: ',
  'X-API-Key=',
  'see https://docs.adyen.com/ ',
);
const FIELDS = ['type', 'title', 'detail', 'instance', 'requestId'] as const;

/** The limits of the fields: a longer text is cut before it is shown. */
const LONGEST = { type: 256, title: 256, detail: 512, instance: 256, requestId: 64 } as const;

const wrap = (text: string, width: number, by: string) =>
  width === 0 ? text : (text.match(new RegExp(`.{1,${width}}`, 'gsu')) ?? []).join(by);

const read = (body: object, ...secrets: string[]) =>
  readRestServiceError(
    JSON.stringify(body),
    undefined,
    secrets.map((text) => new Secret(text)),
  );

describe('the key that was sent', () => {
  it('is not shown in any spelling, of which at least a tail of 12 characters is there', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 16, max: KEY.length }),
        fc.tuple(encoding, lossless),
        fc.constantFrom(0, 1, 5, 16, 64),
        fc.constantFrom('\n', '\r\n ', ' ', '\t'),
        fc.constantFrom(...FIELDS),
        words,
        (longest, [inner, outer], width, by, field, before) => {
          const spell = (length: number) => before + wrap(outer(inner(KEY.slice(-length))), width, by);
          // As much as fits: what is cut off is not shown. Of the last 16 characters 12 are letters and digits.
          let length = longest;
          while (length > 16 && spell(length).length > LONGEST[field]) length -= 1;
          const text = spell(length);
          fc.pre(text.length <= LONGEST[field]);
          expect(read({ [field]: text, errorCode: '30_011' }, KEY)).toEqual({
            [field]: '[redacted]',
            errorCode: '30_011',
          });
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('is not shown in pieces, in whatever order and form they are spread over the fields', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.tuple(fc.integer({ min: 4, max: 40 }), encoding.filter(isWithoutMore), fc.constant('')),
          fc.tuple(fc.integer({ min: 10, max: 40 }), encoding, words),
        ),
        fc.boolean(),
        fc.constantFrom('value', 'message', 'name'),
        ([size, encode, before], isReversed, place) => {
          const pieces = (KEY.match(new RegExp(`.{1,${size}}`, 'gsu')) ?? []).slice(0, 20);
          const ordered = isReversed ? pieces.toReversed() : pieces;
          const invalidFields = ordered.map((piece, index) => ({
            name: `field ${index}`,
            value: 'x',
            message: 'is wrong',
            [place]: before + encode(piece),
          }));
          expect(shownOf(pieces, before, read({ invalidFields }, KEY))).toBeLessThan(12);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('is not shown if one field has its beginning and the next one its end', () => {
    const [start, end] = [KEY.slice(0, 10), KEY.slice(10, 20)];
    const error = read({ title: `no such key: ${start}`, detail: `${end} is not known` }, KEY);
    expect(error).toEqual({ title: '[redacted]', detail: '[redacted]' });
  });

  it('is not shown if single characters of it fill a column', () => {
    const invalidFields = Array.from(KEY.slice(0, 20), (value) => ({ name: 'x', value, message: 'y' }));
    for (const field of read({ invalidFields }, KEY).invalidFields ?? [])
      expect(field.value).toBe('[redacted]');
  });

  it('is not shown in the id of the request that a header has', () => {
    const id = KEY.slice(-20);
    expect(readRestServiceError('', id, [new Secret(KEY)])).toEqual({ requestId: '[redacted]' });
  });
});

describe('any other key of Adyen', () => {
  it('is not shown in any spelling', () => {
    fc.assert(
      fc.property(
        lossless,
        fc.constantFrom(0, 3, 16, 64),
        fc.constantFrom('detail', 'title'),
        words,
        (encode, width, field, before) => {
          const text = `${before}${wrap(encode(ANOTHER_KEY.slice(0, 48)), width, '\n')}`;
          expect(read({ [field]: text }, KEY)).toEqual({ [field]: '[redacted]' });
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('is not shown if two fields have the halves of it', () => {
    const error = { title: ANOTHER_KEY.slice(0, 10), detail: ANOTHER_KEY.slice(10, 40) };
    expect(Object.values(read(error, KEY))).not.toContain(ANOTHER_KEY.slice(10, 40));
  });
});

describe('what Adyen usually says', () => {
  it.each<[string, object]>([
    ['a refusal', { title: 'Forbidden', errorCode: '00_403', detail: 'The user has insufficient rights.' }],
    ['a page', { type: 'https://docs.adyen.com/errors/general/bad-request', requestId: '1W1UI15PLVGC9V8O' }],
    ['words in capitals', { detail: 'SEE THE FAQ ENTRIES ABOUT IRAQ EXPORTS AND API KEYS' }],
    ['a role', { detail: 'The role "Management API—API credentials read and write" is missing.' }],
    ['an id', { instance: '/merchants/ACME_NL/apiCredentials/S2-5A4E4C0F2B3D6B7A8C9D0E1F2A3B4C5D' }],
    ['a UUID', { requestId: '01a209c9-b829-73cb-ae09-044a487139f9' }],
    [
      'wrong fields',
      {
        invalidFields: [
          { name: 'companyId', value: 'ACME', message: 'must be the company of the API credential' },
          { name: 'roles[0]', value: 'Checkout', message: 'is not a role' },
        ],
      },
    ],
  ])('is shown as it is: %s', (_what, error) => {
    expect(read(error, KEY, 'e2a1c6de-5f0a-4c0e-9d52-0d8f4c7b6a11')).toEqual(error);
  });

  it('is judged in a moment, however long it is', () => {
    const long = 'Some text with API-Keys, numbers 0123456789 and more. '.repeat(100);
    const invalidFields = Array.from({ length: 50 }, () => ({ name: long, value: long, message: long }));
    const body = { type: long, title: long, detail: long, instance: long, invalidFields };
    const startedAt = performance.now();
    read(body, KEY);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

/** Whether an encoding adds no bytes of its own. */
function isWithoutMore(encode: (text: string) => string): boolean {
  return (
    encode !== ENCODINGS['in base64, after one byte'] && encode !== ENCODINGS['in base64, after two bytes']
  );
}

/** How many characters of a key can be read in an error, in pieces that are shown as they are. */
function shownOf(pieces: readonly string[], before: string, error: UpstreamError): number {
  const shown = (error.invalidFields ?? []).flatMap((field) => Object.values(field));
  const isShown = (piece: string) =>
    Object.values(ENCODINGS).some((encode) => shown.includes(before + encode(piece)));
  return pieces.filter(isShown).join('').replace(/\W/g, '').length;
}
