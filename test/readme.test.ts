import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { RotationListSchema } from '../src/http/history/rotation-detail.ts';
import { openApiDocument } from '../src/http/openapi/document.ts';
import { blockNames } from '../src/local/docs/blocks.ts';
import { generatedFiles } from '../src/local/docs/generated-files.ts';
import { VERSION } from '../src/version.ts';

/** The blocks of test/bench/README.md, in order. */
const BENCHMARKS = ['speed', 'goals', 'starts', 'growth', 'listings', 'money'];

const files = await generatedFiles();
const documents = [...files].filter(([path]) => path.endsWith('.md'));

describe('the documentation', () => {
  it.each([...files])('%s is what `npm run docs` writes', async (path, content) => {
    const existing = await readFile(path, 'utf8').catch(() => undefined);
    expect(existing).toBe(content);
  });

  it('has every generated block once', () => {
    const names = documents.flatMap(([, text]) => blockNames(text ?? ''));
    const bench = BENCHMARKS.map((name) => `bench:${name}`);
    expect(names.sort()).toEqual(
      [...bench, 'events', 'lifecycle', 'permissions', 'problems', 'settings', 'states'].sort(),
    );
  });

  it('describes every setting that the functions are given', async () => {
    const template = await readFile('serverless.yml', 'utf8');
    const names = [...template.matchAll(/^ {6}([A-Z_]+): /gm)].map(([, name]) => name);
    const text = documents.map(([, document]) => document).join('\n');
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) expect(text).toContain(`| \`${name}\` |`);
  });

  it.each(documents)('%s uses only commands that exist', (_path, text = '') => {
    const commands = [...text.matchAll(/npm run (?:-s )?([a-z:]+)/g)].map(([, name]) => name);
    for (const name of commands) expect(Object.keys(manifest.scripts)).toContain(name);
  });
});

describe('a rotation in an example', () => {
  const DAY_MS = 86_400_000;
  const texts = [...documents.map(([, text]) => text ?? ''), JSON.stringify(openApiDocument())];
  const examples = texts.flatMap((text) => [
    ...text.matchAll(/"requestedAt":"([^"]+)".*?"previousKeyExpiresAt":"([^"]+)"/g),
  ]);

  it('says that the previous key ends 24 hours after the call', () => {
    expect(examples.length).toBeGreaterThanOrEqual(5);
    for (const [, requestedAt = '', previousKeyExpiresAt = ''] of examples)
      expect(Date.parse(previousKeyExpiresAt)).toBe(Date.parse(requestedAt) + DAY_MS);
  });

  it('says how the key was delivered, if it has no managed secret', async () => {
    const [, list = ''] = /^(\{"rotations":.*\})$/m.exec(await readFile('src/http/README.md', 'utf8')) ?? [];
    const { rotations } = v.parse(RotationListSchema, JSON.parse(list));
    expect(rotations).toMatchObject([{ delivery: 'unconfirmed' }]);
  });
});

describe('the README of the benchmark', async () => {
  const readme = await readFile('test/bench/README.md', 'utf8');
  const results = await readFile('test/bench/RESULTS.md', 'utf8');

  it('shows the results of the last run', () => {
    const sections = [...readme.matchAll(/<!-- bench:(\w+) -->\n(.*?)<!-- \/bench:\1 -->/gs)];
    expect(sections.map(([, name]) => name)).toEqual(BENCHMARKS);
    for (const [, , section = ''] of sections) expect(results).toContain(section.trim());
  });

  it('shows a picture of those results', async () => {
    const [, ...measured] = /\| cold: to the first response \(ms\) \|(.*)\|/.exec(results) ?? [];
    const numbers = measured.join().split('|').slice(0, 5).map(Number);
    const picture = await readFile('test/bench/cold-start.svg', 'utf8');
    expect([...picture.matchAll(/>(\d+) ms</g)].map(([, ms]) => Number(ms))).toEqual(numbers);
    expect(readme).toContain('](cold-start.svg)');
  });
});

it('the command in the README is the one that CI runs', async () => {
  expect(await readFile('.ci/run', 'utf8')).toContain('npm ci && npm test');
  expect(await readFile('README.md', 'utf8')).toContain('```sh\nnpm ci && npm test\n```');
});

it('the version of the functions is that of the package', () => {
  expect(VERSION).toBe(manifest.version);
});
