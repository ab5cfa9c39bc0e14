import { expect, it } from 'vitest';
import { isKeyShaped } from './key-shaped.ts';

const KEY = 'AQEzSecretThatWasPastedByMistake-n3Q5';
const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhcHAifQ.c2lnbmF0dXJl';

it.each([
  ['a key', KEY],
  ['a key within a word', `ACME${KEY}`],
  ['a key in lower case', KEY.toLowerCase()],
  ['a key in upper case', KEY.toUpperCase()],
  ['a key in mixed case after an underscore', 'ACME_aQeyHMFXK4zJ'],
  ['a token', TOKEN],
  ['a token in lower case', `found ${TOKEN.toLowerCase()} in a log`],
  ['a token in upper case', TOKEN.toUpperCase()],
])('%s looks like a key or a token', (_what, text) => {
  expect(isKeyShaped(text)).toBe(true);
});

it.each([
  ['an account', 'ACME_NL'],
  ['an id', 'S2-5A4E4C0F2B3D'],
  ['an event source', 'com.example.surveyjournal'],
  ['a reason', 'The survey journal of the antique export asked for it'],
  ['the beginning of a key', 'AQE'],
])('%s does not', (_what, text) => {
  expect(isKeyShaped(text)).toBe(false);
});
