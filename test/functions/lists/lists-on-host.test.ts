import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../../../lib/create-app.ts';
import type { LocalAws } from '../../../local/aws/local-aws.ts';
import { startLocalAws } from '../../../local/aws/start-local-aws.ts';
import { type KlaviyoSimulator, startKlaviyoSimulator } from '../../../local/klaviyo/simulator.ts';
import { createConnectionStore } from '../../../shared/aws/connection-store.ts';
import { connectionSettings, secretNames } from '../../../shared/contracts/connection.ts';

const cleanup = new AsyncDisposableStack();
let aws: LocalAws;
let simulator: KlaviyoSimulator;
let sqs: SQSClient;
const lines: string[] = [];

const output = (name: string): string =>
  Object.values(aws.outputs).find((outputs) => name in outputs)?.[name] ?? `no output ${name}`;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lists-on-host-'));
  cleanup.defer(() => rmSync(folder, { recursive: true }));
  createApp({ stage: 'local', outdir: join(folder, 'cdk.out'), validate: false }).app.synth();
  simulator = await startKlaviyoSimulator({ delays: { subscriptionMs: 0 } });
  cleanup.defer(() => simulator.close());
  aws = await startLocalAws({
    assemblyFolder: join(folder, 'cdk.out'),
    schedules: 'manual',
    onLog: ({ line }) => lines.push(line),
  });
  cleanup.defer(() => aws.close());
  const { endpoint, region } = aws;
  const options = { endpoint, region, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
  sqs = new SQSClient(options);
  await createConnectionStore({
    client: new DynamoDBClient(options),
    tableName: output('ConnectionsTableName'),
    allowAnyApiUrl: true,
  }).write(
    connectionSettings.parse({
      connectionId: 'acme',
      status: 'connected',
      auth: 'private_key',
      accountId: simulator.account().id,
      apiUrl: simulator.url,
    }),
  );
  await new SecretsManagerClient(options).send(
    new CreateSecretCommand({
      Name: secretNames.prefix('local') + secretNames.connection('acme'),
      SecretString: JSON.stringify({ kind: 'private_key', privateKey: 'pk_simulated' }),
    }),
  );
}, 120_000);
afterAll(() => cleanup.disposeAsync());

/** Sends one job, and waits until nothing is left to do. */
const send = async (queue: 'Customers' | 'Lists', job: Record<string, unknown>) => {
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: output(`${queue}QueueUrl`),
      MessageBody: JSON.stringify({ connectionId: 'acme', ...job }),
      MessageGroupId: 'acme',
    }),
  );
  await aws.idle({ timeoutSeconds: 60 });
};

test('an opt-out from a list that she is not on says that it changes nothing; one without a list is heard', async () => {
  const account = simulator.account();
  account.seedLists([{ name: 'Members' }]);
  const email = 'ona@example.com';
  const lastYear = Date.now() - 365 * 86_400_000;
  const [id = ''] = account.seedProfiles([
    { attributes: { email }, subscribed: ['email'], updatedAtMs: lastYear },
  ]);
  const person = { customerId: 'ona', email };
  await send('Lists', { type: 'list.unsubscribe', list: { name: 'Members' }, person });
  expect(account.profile(id)?.consent.email).toBe('SUBSCRIBED');
  expect(lines.join('\n')).toMatch(/"message":"an opt-out from a list had no effect/);
  expect(lines.join('\n')).toMatch(/"OptOutsWithoutEffect":1/);
  await send('Lists', { type: 'list.unsubscribe', person });
  expect(account.profile(id)?.consent.email).toBe('UNSUBSCRIBED');
}, 180_000);

test('who opts out in Klaviyo is not subscribed again by a job that says what held before', async () => {
  const account = simulator.account();
  const customer = { customerId: 'tove', email: 'tove@example.com', firstName: 'Tove' };
  const occurredAt = new Date(Date.now() - 3_600_000).toISOString();
  const first = { type: 'customer.upsert', occurredAt, customer, subscribe: true };
  const tove = () => account.profiles().find(({ email }) => email === customer.email);
  await send('Customers', first);
  expect(tove()?.consent.email).toBe('SUBSCRIBED');
  account.optOut(tove()?.id ?? '');
  await send('Customers', first);
  const moved = { ...customer, location: { city: 'Gouda' } };
  await send('Customers', {
    ...first,
    occurredAt: new Date(Date.now() - 1_800_000).toISOString(),
    customer: moved,
  });
  expect(tove()?.consent.email).toBe('UNSUBSCRIBED');
  expect(tove()?.location).toMatchObject({ city: 'Gouda' });
}, 180_000);

test('a time of consent without its history is refused at its place', async () => {
  await send('Lists', {
    type: 'list.subscribe',
    list: { name: 'Members' },
    person: { email: 'cas@example.com' },
    consentedAt: '2024-11-25T10:00:00+01:00',
  });
  const givenUp = lines.filter((line) => line.includes('a job was given up'));
  expect(givenUp.map((line) => JSON.parse(line.slice(line.indexOf('{'))))).toMatchObject([
    { reason: 'invalid_message', pointer: '/consentedAt' },
  ]);
}, 180_000);
