import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { isConfirmed } from './campaign/confirm.ts';
import { createProgressBar } from './progress.ts';

describe('the progress bar', () => {
  it('is one line that is drawn again, and never longer than the terminal', () => {
    let written = '';
    const write = (text: unknown) => {
      written += text;
      return true;
    };
    const bar = createProgressBar({ write, isTTY: true, columns: 50 });
    bar.show(0, 4, 'waiting 4');
    bar.show(2, 4, `current 2  ${'x'.repeat(100)}`);
    bar.end();
    expect(written.split('\n')).toEqual([expect.any(String), '']);
    const lines = written.trimEnd().split('\r\x1b[K').slice(1);
    expect(lines[0]).toBe(`${'░'.repeat(24)} 0/4  waiting 4`);
    expect(lines[1]).toMatch(/^█{12}░{12} 2\/4 {2}current 2 {2}x+$/);
    expect(lines[1]).toHaveLength(49);
  });
});

describe('the question before many rotations', () => {
  it.each([
    ['yes\n', true],
    ['YES\n', true],
    ['y\n', false],
    ['\n', false],
    ['', false],
  ])('takes %j for %s', async (typed, confirmed) => {
    const input = new PassThrough();
    input.end(typed);
    expect(await isConfirmed('Rotate these 500 keys?', input, new PassThrough())).toBe(confirmed);
  });
});
