/** `npm run deploy:check` as a person runs it: the real `cdk` command deploys to the local host. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LocalAws, LocalAwsOptions } from '../../local/aws/local-aws.ts';
import { startLocalAws } from '../../local/aws/start-local-aws.ts';
import type { StepResult } from '../../local/deploy-check/steps.ts';
import { type BridgeOutcome, runNode } from '../support/bridge-command.ts';

let aws: LocalAws;
const start = async (options: LocalAwsOptions = {}) => {
  aws = await startLocalAws(options);
};
beforeEach(() => start());
afterEach(() => aws.close());

const check = (words: readonly string[] = [], signal?: AbortSignal): Promise<BridgeOutcome> =>
  runNode(['local/deploy-check.ts', ...words], {
    environment: { AWS_ENDPOINT_URL: aws.endpoint },
    ...(signal === undefined ? {} : { signal }),
  });

interface Summary {
  readonly ok: boolean;
  readonly steps: readonly StepResult[];
}

const summaryOf = ({ stdout }: BridgeOutcome): Summary =>
  JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Summary;

const lastLineOf = ({ stderr }: BridgeOutcome) => stderr.trimEnd().split('\n').at(-1);

/** All that the host holds, of whatever kind. */
const whatIsThere = async () => {
  const { endpoint, region } = aws;
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const dynamodb = new DynamoDBClient({ endpoint, region, credentials });
  const secrets = new SecretsManagerClient({ endpoint, region, credentials });
  const [{ TableNames }, { SecretList }] = await Promise.all([
    dynamodb.send(new ListTablesCommand({})),
    secrets.send(new ListSecretsCommand({})),
  ]);
  dynamodb.destroy();
  secrets.destroy();
  const inMemory = { ...aws.queues(), ...aws.functions(), ...aws.outputs };
  return [
    ...Object.keys(inMemory),
    ...(TableNames ?? []),
    ...(SecretList ?? []).map(({ Name }) => Name),
  ];
};

test('it deploys, brings a job of each kind to its outcome, and leaves nothing', async () => {
  const outcome = await check();
  const { ok, steps } = summaryOf(outcome);
  expect(outcome.stderr).toBe('');
  expect(steps.filter((step) => !step.ok)).toEqual([]);
  expect([ok, outcome.exitCode]).toEqual([true, 0]);
  expect(steps.map(({ step }) => step.split(':')[0])).toEqual([
    'reach AWS',
    'deploy both stacks with cdk',
    'add a connection by private key',
    'send one job of each kind',
    'customer.upsert',
    'list.add',
    'list.remove',
    'list.subscribe',
    'list.unsubscribe',
    'transaction.placed',
    'event.track',
    'customer.changed',
    'remove the connection',
    'destroy both stacks with cdk',
  ]);
  expect(outcome.stdout.split('\n')[1]).toMatch(/^ok +\d+\.\d s {2}deploy both stacks with cdk$/);
  expect(await whatIsThere()).toEqual([]);
});

test('ended by Ctrl-C in the middle of the deployment, it destroys what is there by then', async () => {
  const interruption = new AbortController();
  const outcome = check([], interruption.signal);
  while (!('klaviyo-bridge-check-data' in aws.outputs)) await sleep(5);
  interruption.abort();
  const { exitCode, stderr, ...rest } = await outcome;
  expect(stderr).toMatch(/^ended; what was deployed is destroyed now/);
  expect(exitCode).toBe(130);
  expect(summaryOf({ exitCode, stderr, ...rest }).steps.slice(1)).toMatchObject([
    { step: 'deploy both stacks with cdk', ok: false, problem: 'interrupted' },
    { step: 'destroy both stacks with cdk', ok: true },
  ]);
  expect(await whatIsThere()).toEqual([]);
});

test('where a step fails it says why, and leaves nothing', async () => {
  const outcome = await check(['--klaviyo-url', 'http://127.0.0.1:9']);
  expect(outcome.exitCode).toBe(1);
  expect(lastLineOf(outcome)).toMatch(/^deploy:check: .*Klaviyo did not answer/);
  expect(summaryOf(outcome).steps.filter((step) => !step.ok)).toMatchObject([
    { step: 'add a connection by private key' },
  ]);
  expect(await whatIsThere()).toEqual([]);
});

test('a stage that was kept stays, and the next check leaves it alone', async () => {
  await check(['--keep', '--klaviyo-url', 'http://127.0.0.1:9']);
  const kept = await whatIsThere();
  expect(kept).toContain('klaviyo-bridge-check');

  const outcome = await check();
  expect(outcome.exitCode).toBe(1);
  expect(lastLineOf(outcome)).toContain(
    'the stack klaviyo-bridge-check is there already, from a check that runs or was kept',
  );
  expect(await whatIsThere()).toEqual(kept);
});

test('an account without bootstrap is told so in one line', async () => {
  await aws.close();
  await start({ isBootstrapped: false });
  const outcome = await check();
  expect(outcome.exitCode).toBe(1);
  expect(outcome.stderr).toBe(
    'deploy:check: cdk: the account and region are not bootstrapped: run `npx cdk bootstrap` with the same AWS settings\n',
  );
  expect(await whatIsThere()).toEqual([]);
});
