import { describe, expect, it } from 'vitest';
import { type History, type Operation, readHistories } from './workflow-histories/history.ts';
import { PATHS } from './workflow-histories/paths.ts';
import { BrokenHistory, replay } from './workflow-histories/replay.ts';

const histories = await readHistories();

it('each main path of the workflow has a history', () => {
  expect([...histories.keys()].sort()).toEqual(Object.keys(PATHS).sort());
});

describe.each([...histories])('an execution (%s) of the released workflow', (_name, history) => {
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

  it('holds no key', () => {
    expect(JSON.stringify(history)).not.toContain('AQE');
  });
});
