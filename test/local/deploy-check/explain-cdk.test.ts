import { expect, it } from 'vitest';
import { explainCdk } from '../../../local/deploy-check/cdk.ts';

/** As the command prints them, of its own accord and by way of CloudFormation. */
it.each([
  [
    'no stage is called "x": use -c stage=dev\nnode bin/app.ts: Subprocess exited with error 1\n',
    'no stage is called "x": use -c stage=dev',
  ],
  [
    'a: deploying...\n\u001b[31m❌  a failed to deploy\u001b[39m\n‣ DeploymentError: the queue\n  → at FifoQueue\n',
    'DeploymentError: the queue → at FifoQueue',
  ],
  ['two\nUnable to resolve AWS account to use.\n', 'Unable to resolve AWS account to use.'],
  [
    '❌  a failed: SSM parameter /cdk-bootstrap/hnb659fds/version not found. Has the environment been bootstrapped?\n',
    'the account and region are not bootstrapped: run `npx cdk bootstrap` with the same AWS settings',
  ],
  ['', 'it printed nothing'],
])('%j is told in one line', (stderr, line) => {
  expect(explainCdk({ exitCode: 1, stdout: '', stderr })).toBe(line);
});
