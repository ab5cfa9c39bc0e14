/**
 * Replaces the text between `<!-- name -->` and `<!-- /name -->` in a Markdown text, for each of the blocks that it has.
 * Throws an error if a block has no end.
 *
 * @param blocks the new text of each block, by name
 */
export function replaceBlocks(markdown: string, blocks: Readonly<Record<string, string>>): string {
  return Object.entries(blocks).reduce((text, [name, block]) => replaceBlock(text, name, block), markdown);
}

function replaceBlock(markdown: string, name: string, block: string): string {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [before = '', rest, more] = markdown.split(start);
  if (rest === undefined) return markdown;
  if (more !== undefined) throw new Error(`${start} occurs more than once`);
  const [, after] = rest.split(end);
  if (after === undefined) throw new Error(`${start} has no ${end}`);
  return `${before}${start}\n\n${block}\n\n${end}${after}`;
}

/** The names of the blocks that a Markdown text has, in order. */
export function blockNames(markdown: string): string[] {
  return [...markdown.matchAll(/<!-- ([a-z:]+) -->/g)].map(([, name = '']) => name);
}
