import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type Reporter, type TestSpecification } from 'vitest/node';

/** Ends a run with one plain line that a script can read. */
const summaryLine: Reporter = {
  onTestRunEnd(modules, unhandledErrors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const passed = tests.filter((test) => test.result().state === 'passed').length;
    const failed = tests.filter((test) => test.result().state === 'failed').length;
    const broken = modules.filter((module) => module.errors().length > 0).length + unhandledErrors.length;
    process.stdout.write(`\n${passed} passed, ${failed + broken} failed\n`);
  },
};

/** The beginnings of the names of the longest test files. Started last, one of them would run alone at the end. */
const LONGEST = [
  'campaign',
  'workflow-kills',
  'start',
  'permissions',
  'secret-rotation',
  'console',
  'simulation',
  'workflow',
  'package',
  'deployment',
  'pages',
  'consumers',
  'typed-client',
  'races',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.findIndex((name) => basename(moduleId).startsWith(name));
      return index < 0 ? LONGEST.length : index;
    };
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    setupFiles: ['test/support/aws-clients-without-timeouts.ts'],
    reporters: ['default', summaryLine],
    // Many tests wait for timers and child processes most of the time: on two cores, three workers are the fastest.
    maxWorkers: Math.max(3, availableParallelism()),
    sequence: { sequencer: LongestFirst },
    restoreMocks: true,
    unstubEnvs: true,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
