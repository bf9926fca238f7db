import { defineConfig } from 'vitest/config';

const faults = ['test/faults/**/*.test.ts'];
const readme = ['test/readme/**/*.test.ts'];
const deploy = ['test/deploy/**/*.test.ts'];

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
          exclude: [...faults, ...readme, ...deploy],
        },
      },
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
