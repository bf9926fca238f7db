import { defineConfig } from 'vitest/config';

const faults = ['test/faults/**/*.test.ts'];
const readme = ['test/readme/**/*.test.ts'];
const deploy = ['test/deploy/**/*.test.ts'];

/** Whole processes, hosts and browsers, and long searches: minutes in all, not seconds. */
const long = [
  'test/browser/**/*.test.ts',
  'test/bin/{choose-node,write-command}.test.ts',
  'test/bin/bridge/{half-done,odd-stage,operate-stage,terminal-escapes,usage}.test.ts',
  'test/bin/bridge/jobs/{interrupted-send,large-file}.test.ts',
  'test/functions/{cases,every-field,foreign-answers}.test.ts',
  'test/functions/customers/{any-history,interruptions}.test.ts',
  'test/functions/events/any-mix.test.ts',
  'test/functions/histories/*.test.ts',
  'test/functions/lists/{any-order,both-sides,call-counts}.test.ts',
  'test/functions/poll/{poll-model,poll-on-host}.test.ts',
  'test/lib/{app,bundle}.test.ts',
  'test/local/aws/{event-source-mapping,faults,functions,shutdown}.test.ts',
  'test/local/deploy-check/check-options.test.ts',
  'test/local/klaviyo/control/documented-simulator.test.ts',
  'test/local/klaviyo/random-requests.test.ts',
  'test/policy/redaction.test.ts',
  'test/shared/klaviyo/bounds.test.ts',
  'test/shared/pacing/permits-{of-processes,under-load}.test.ts',
];

/** What is stored: the same tests against AWS's own DynamoDB Local. */
const stores = [
  'test/shared/{connections,people}/**/*.test.ts',
  'test/functions/{oauth,poll}/**/*.test.ts',
];

export default defineConfig({
  test: {
    globalSetup: 'test/support/own-temporary-folder.ts',
    // A worker for every core: most tests wait for something more often than they compute.
    maxWorkers: '100%',
    // Of what hangs, not of what is slow: other things may run on the same machine.
    testTimeout: 240_000,
    hookTimeout: 240_000,
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
        test: { name: 'faults', include: faults, testTimeout: 600_000 },
      },
      {
        extends: true,
        test: { name: 'deploy', include: deploy, testTimeout: 300_000 },
      },
      {
        extends: true,
        test: { name: 'readme', include: readme, testTimeout: 300_000, bail: 1 },
      },
    ],
  },
});
