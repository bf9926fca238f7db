import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createApp } from '../../../lib/create-app.ts';
import type { LocalAws } from '../../../local/aws/local-aws.ts';
import { startLocalAws } from '../../../local/aws/start-local-aws.ts';
import { type KlaviyoSimulator, startKlaviyoSimulator } from '../../../local/klaviyo/simulator.ts';
import { createConnectionStore } from '../../../shared/connections/connection-store.dynamodb.ts';
import { connectionSettings, secretNames } from '../../../shared/connections/contract.ts';
import { type CustomerChanged, customerChanged } from '../../../shared/jobs/contract/messages.ts';

/** Klaviyo's clock is behind: what happens now is old enough to be asked for at once. */
const klaviyoBehindMs = 30_000;

const cleanup = new AsyncDisposableStack();
let aws: LocalAws;
let simulator: KlaviyoSimulator;
let sqs: SQSClient;
const lines: string[] = [];

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'poll-on-host-'));
  cleanup.defer(() => rmSync(folder, { recursive: true }));
  createApp({ stage: 'local', outdir: join(folder, 'cdk.out'), validate: false }).app.synth();
  simulator = await startKlaviyoSimulator({
    nowMs: () => Date.now() - klaviyoBehindMs,
    filterMarginMs: -klaviyoBehindMs, // it takes bounds up to our now
  });
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
  await connect(new DynamoDBClient(options), new SecretsManagerClient(options));
}, 60_000);
afterAll(() => cleanup.disposeAsync());

const output = (name: string): string =>
  Object.values(aws.outputs).find((outputs) => name in outputs)?.[name] ?? `no output ${name}`;

const connect = async (dynamodb: DynamoDBClient, secrets: SecretsManagerClient) => {
  const tableName = output('ConnectionsTableName');
  await createConnectionStore({ client: dynamodb, tableName, allowAnyApiUrl: true }).write(
    connectionSettings.parse({
      connectionId: 'acme',
      status: 'connected',
      auth: 'private_key',
      accountId: simulator.account().id,
      apiUrl: simulator.url,
      poll: { startFrom: 'beginning' },
    }),
  );
  await secrets.send(
    new CreateSecretCommand({
      Name: secretNames.prefix('local') + secretNames.connection('acme'),
      SecretString: JSON.stringify({ kind: 'private_key', privateKey: 'pk_simulated' }),
    }),
  );
};

/** Reads `inbound` as the other system does, until it is empty. */
const readInbound = async (): Promise<CustomerChanged[]> => {
  const QueueUrl = output('InboundQueueUrl');
  const read: CustomerChanged[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ['MessageGroupId'],
      }),
    );
    if (Messages.length === 0) return read;
    for (const { Body = '', Attributes } of Messages) {
      expect(Attributes?.MessageGroupId).toBe('acme');
      read.push(customerChanged.parse(JSON.parse(Body)));
    }
    const Entries = Messages.map(({ ReceiptHandle = '' }, n) => ({ Id: `${n}`, ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
};

const pollNow = (event: unknown = { connectionId: 'acme' }) =>
  aws.invoke(output('PollFunctionName'), event);

test('from the schedule to inbound: a whole account, its changes, no echo, and by hand', async () => {
  const account = simulator.account();
  const [known = ''] = account.seedProfiles(
    Array.from({ length: 150 }, (_, n) => ({ attributes: { email: `p${n}@example.com` } })),
  );
  await aws.trigger('Poll/Schedule');
  const loaded = await readInbound();
  expect(new Set(loaded.map(({ profile }) => profile.profileId)).size).toBe(150);
  expect(loaded).toHaveLength(150);

  const customer = { customerId: 'c1', email: 'ann@example.com', firstName: 'Ann' };
  const job = { connectionId: 'acme', type: 'customer.upsert', customer };
  const MessageBody = JSON.stringify(job);
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: output('CustomersQueueUrl'),
      MessageBody,
      MessageGroupId: 'acme',
    }),
  );
  await aws.idle({ timeoutSeconds: 15 });
  expect(account.profiles()).toHaveLength(151);
  account.changeProfile(known, { properties: { plan: 'gold' } });

  const outcome = await vi.waitFor(
    async () => {
      const result = await pollNow();
      const summary = JSON.parse(result.ok ? result.payload : '{}');
      if (summary.published !== 1) throw new Error(`not yet: ${JSON.stringify(result)}`);
      return summary;
    },
    { timeout: 5_000, interval: 200 },
  );
  expect(outcome).toMatchObject({ published: 1, echoes: 1 });
  expect(await readInbound()).toMatchObject([
    { profile: { profileId: known, attributes: { properties: { plan: 'gold' } } } },
  ]);

  await pollNow({ connectionId: 'acme', profileIds: [known] });
  expect(await readInbound()).toMatchObject([
    { profile: { attributes: { predictive_analytics: expect.anything() } } },
  ]);
  expect(lines.filter((line) => line.includes('"level":"ERROR"'))).toEqual([]);
});
