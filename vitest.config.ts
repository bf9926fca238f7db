import { defineConfig } from 'vitest/config';

const faults = ['test/faults/**/*.test.ts'];
const readme = ['test/readme/**/*.test.ts'];
const deploy = ['test/deploy/**/*.test.ts'];

/** Whole runs of the functions, of a browser and of the packed command: minutes, not seconds. */
const long = [
  'test/browser/**/*.test.ts',
  'test/bin/write-command.test.ts',
  'test/functions/{cases,every-field}.test.ts',
  'test/functions/histories/*.test.ts',
];

/** What is stored: the same tests against AWS's own DynamoDB Local. */
const stores = [
  'test/shared/{connections,people}/**/*.test.ts',
  'test/shared/connections/authorise.test.ts',
  'test/functions/{oauth,poll}/**/*.test.ts',
];

export default defineConfig({
  test: {
    // A worker for every core: most tests wait for something more often than they compute.
    maxWorkers: '100%',
    // Of what hangs, not of what is slow: other things may run on the same machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: [...faults, ...readme, ...deploy, ...long],
        },
      },
      { extends: true, test: { name: 'long', include: long, testTimeout: 300_000 } },
      { extends: true, test: { name: 'dynamodb', include: stores } },
      {
        extends: true,
        test: { name: 'faults', include: faults, testTimeout: 600_000, hookTimeout: 60_000 },
      },
      {
        extends: true,
        test: { name: 'deploy', include: deploy, testTimeout: 180_000 },
      },
      {
        extends: true,
        test: { name: 'readme', include: readme, testTimeout: 150_000, bail: 1 },
      },
    ],
  },
});
