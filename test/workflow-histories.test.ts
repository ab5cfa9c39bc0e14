import { describe, expect, it } from 'vitest';
import { type History, type Operation, readHistories, textOf } from './workflow-histories/history.ts';
import { PATHS } from './workflow-histories/paths.ts';
import { BrokenHistory, replay } from './workflow-histories/replay.ts';

/** What each path does that the others do not, or how it ends: a part of a checkpoint or of the end. */
const SIGNS: Readonly<Record<string, string>> = {
  works: '"outcome":"works"',
  'unknown-outcome': '"step":"rotate 2 ',
  overlap: '"wait":"overlap-active 1 ',
  stalled: '"step":"stalled ',
  replaced: '"step":"rotate 1 replace-',
  resumed: '"step":"resume"',
  superseded: '"outcome":"superseded"',
  recovered: '"step":"rotate 1 recover-',
  renewed: '"step":"rotate 1 renew-',
  displaced: '"step":"displaced ',
  healed: '"step":"promote heal ',
  'healed-by-pending': '"result":{"kind":"promoted"',
  'rolled-back': '"step":"still rolled back"',
  refused: '"step":"record refusal 1"',
  forbidden: 'the source has no grant',
};

const histories = await readHistories();

it('each main path of the workflow has a history', () => {
  expect([...histories.keys()].sort()).toEqual(Object.keys(PATHS).sort());
  expect(Object.keys(SIGNS).sort()).toEqual(Object.keys(PATHS).sort());
});

describe.each([...histories])('an execution (%s) of the released workflow', (name, history) => {
  const changed = (change: (operations: Operation[]) => unknown): History => {
    const operations = structuredClone([...history.operations]);
    change(operations);
    return { ...history, operations };
  };

  it('goes on with this one: the same steps and waits, in the same order, to the same end', async () => {
    await replay(history);
  });

  it('would not go on if any step or wait were renamed, left out or added', async () => {
    for (const [index, operation] of history.operations.entries()) {
      const kind = 'step' in operation ? 'step' : 'wait';
      const broken = [
        changed((all) => all.splice(index, 1, { ...operation, [kind]: 'renamed' })),
        changed((all) => all.splice(index, 1)),
        changed((all) => all.splice(index, 0, { step: 'added' })),
      ];
      for (const one of broken) await expect(replay(one)).rejects.toThrow(BrokenHistory);
    }
  });

  it('would not go on if two neighbours were swapped', async () => {
    for (let index = 1; index < history.operations.length; index += 1) {
      const swapped = changed((all) =>
        all.splice(index - 1, 2, ...all.slice(index - 1, index + 1).reverse()),
      );
      await expect(replay(swapped)).rejects.toThrow(BrokenHistory);
    }
  });

  it('went the way of its name', () => {
    expect(textOf(history)).toContain(SIGNS[name]);
  });

  it('holds no key', () => {
    expect(JSON.stringify(history)).not.toContain('AQE');
  });
});
