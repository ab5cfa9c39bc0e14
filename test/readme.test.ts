import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { PROBLEMS } from '../src/http/problems/problem-registry.ts';
import { VERSION } from '../src/version.ts';

const readme = await readFile('README.md', 'utf8');

describe('the README', () => {
  it('has the table of problem codes that the registry makes', () => {
    const rows = Object.entries(PROBLEMS).map(
      ([code, { status, meaning, key, next, retryable }]) =>
        `| \`${code}\` | ${status} | ${meaning} | ${key} | ${next} | ${retryable ? 'yes' : 'no'} |`,
    );
    const table = [
      '| code | status | what happened | what it means for the key | what to do | retry |',
      '| --- | --- | --- | --- | --- | --- |',
      ...rows,
    ].join('\n');
    expect(readme.split('<!-- problems -->')[1]?.split('<!-- /problems -->')[0]?.trim()).toBe(table);
  });

  it('names every setting that the functions read', async () => {
    const template = await readFile('serverless.yml', 'utf8');
    const names = [...template.matchAll(/^ {6}([A-Z_]+): /gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) expect(readme).toContain(`| \`${name}\` |`);
  });

  it('shows the results of the last benchmark', async () => {
    const results = await readFile('test/bench/RESULTS.md', 'utf8');
    const chapters = [...readme.matchAll(/<!-- bench:(\w+) -->\n(.*?)<!-- \/bench:\1 -->/gs)];
    expect(chapters.map(([, name]) => name)).toEqual(['speed', 'goals', 'growth', 'money']);
    for (const [, , chapter = ''] of chapters) expect(results).toContain(chapter.trim());
  });

  it('shows a picture of those results', async () => {
    const results = await readFile('test/bench/RESULTS.md', 'utf8');
    const [, ...measured] = /\| cold: to the first answered rotation \(ms\) \|(.*)\|/.exec(results) ?? [];
    const numbers = measured.join().split('|').slice(0, 5).map(Number);
    const picture = await readFile('test/bench/cold-start.svg', 'utf8');
    expect([...picture.matchAll(/>(\d+) ms</g)].map(([, ms]) => Number(ms))).toEqual(numbers);
    expect(readme).toContain('](test/bench/cold-start.svg)');
  });

  it('uses only commands that exist', () => {
    const commands = [...readme.matchAll(/npm run (?:-s )?([a-z:]+)/g)].map(([, name]) => name);
    for (const name of commands) expect(Object.keys(manifest.scripts)).toContain(name);
  });

  it('is run by CI as it stands', async () => {
    const ci = await readFile('.ci/run', 'utf8');
    expect(ci).toContain('npm ci && npm test');
    expect(readme).toContain('```sh\nnpm ci && npm test\n```');
  });
});

it('the version of the functions is that of the package', () => {
  expect(VERSION).toBe(manifest.version);
});
