import { describe, expect, it } from 'vitest';
import { blockNames, replaceBlocks } from './blocks.ts';

const TEXT = '# Title\n\n<!-- one -->\nold\n<!-- /one -->\n\nbetween\n\n<!-- two -->\n<!-- /two -->\nend\n';

describe('replaceBlocks', () => {
  it('replaces the text of each block and nothing else', () => {
    expect(replaceBlocks(TEXT, { one: 'first', two: '$& second', three: 'third' })).toBe(
      '# Title\n\n<!-- one -->\n\nfirst\n\n<!-- /one -->\n\nbetween\n\n<!-- two -->\n\n$& second\n\n<!-- /two -->\nend\n',
    );
  });

  it('changes nothing the second time', () => {
    const once = replaceBlocks(TEXT, { one: 'first', two: 'second' });
    expect(replaceBlocks(once, { one: 'first', two: 'second' })).toBe(once);
  });

  it.each([
    ['has no end', '<!-- one -->\ntext\n'],
    ['occurs twice', `${TEXT}${TEXT}`],
  ])('throws an error if a block %s', (_what, text) => {
    expect(() => replaceBlocks(text, { one: 'first' })).toThrow('<!-- one -->');
  });
});

it('blockNames finds the blocks in order', () => {
  expect(blockNames(TEXT)).toEqual(['one', 'two']);
});
