/** A stage on this machine for the outbound benchmark, with a naive consumer beside the bridge's. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import {
  CfnEventSourceMapping,
  Code,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { createApp } from '../../lib/create-app.ts';
import type { LocalAws } from '../../local/aws/local-aws.ts';
import { startLocalAws } from '../../local/aws/start-local-aws.ts';
import { createConnectionStore } from '../../shared/connections/connection-store.dynamodb.ts';
import { connectionSettings, secretNames } from '../../shared/connections/contract.ts';
import { createCredentialsStore } from '../../shared/connections/credentials-store.secrets.ts';
import { createQueuePublisher } from '../../shared/jobs/queue-publisher.sqs.ts';
import { type Child, startChild } from './child-processes.ts';
import { bundleNaive, freeConsumers } from './outbound-bundles.ts';
import {
  accountIdOf,
  connectionIdOf,
  type KlaviyoOptions,
  type KlaviyoReport,
  keyOf,
} from './outbound-contract.ts';

export type StageQueue = 'Customers' | 'Lists' | 'Events' | 'Naive';

export interface OutboundStage extends AsyncDisposable {
  /** Sends bodies so that all are there within a second; gives the seconds until none is left. */
  drain(queue: StageQueue, bodies: readonly string[]): Promise<number>;
  /** Calls that Klaviyo refused or failed. */
  countRefused(): Promise<number>;
}

export interface StageAccount {
  /** The revision of its connection. @default the bridge's default */
  readonly revision?: string;
  /** How long a call to Klaviyo takes. @default no longer than the machine needs */
  readonly latencyMs?: number;
}

export interface OutboundStageOptions {
  /** Each with a connection: `shop-0` and on. */
  readonly accounts: readonly StageAccount[];
  /** `free`: the consumers ask no ledger. `ledgers`: they run exactly as they deploy. */
  readonly permits: 'free' | 'ledgers';
  /** Of the events queue and the naive one. @default as deployed */
  readonly batchSize?: number;
  /** Where the functions find DynamoDB, which is told where it really is. @default there */
  readonly dynamodbBehind?: { readonly url: string; forwardTo(endpoint: string): void };
}

const stage = 'local';
const naiveBatchSize = 100;
const sendRoomMs = 1_500;
const drainTimeoutMs = 60_000;

/** In the stages' place, so that it is drained by as many instances. */
const addNaive = (app: App, codeFolder: string, batchSize: number): void => {
  const stack = new Stack(app, 'naive');
  const queue = new Queue(stack, 'Queue', { visibilityTimeout: Duration.minutes(6) });
  const consumer = new LambdaFunction(stack, 'Consumer', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromAsset(codeFolder),
    timeout: Duration.minutes(1),
    memorySize: 512,
  });
  const maxBatchingWindow = Duration.seconds(1);
  consumer.addEventSource(
    new SqsEventSource(queue, { batchSize, maxBatchingWindow, maxConcurrency: 2 }),
  );
  new CfnOutput(stack, 'NaiveQueueUrl', { value: queue.queueUrl });
};

const synthesize = async (
  folder: string,
  { permits, batchSize }: OutboundStageOptions,
): Promise<string> => {
  const assemblyFolder = join(folder, 'cdk.out');
  const naiveFolder = join(folder, 'naive');
  mkdirSync(naiveFolder);
  await bundleNaive(naiveFolder);
  const { app, bridge } = createApp({ stage, outdir: assemblyFolder, validate: false });
  if (batchSize !== undefined)
    for (const construct of bridge.events.node.findAll())
      if (construct instanceof CfnEventSourceMapping) construct.batchSize = batchSize;
  addNaive(app, naiveFolder, batchSize ?? naiveBatchSize);
  app.synth();
  if (permits === 'free') await freeConsumers(assemblyFolder, ['customers', 'lists', 'events']);
  return assemblyFolder;
};

type Clients = ReturnType<typeof clientsOf>;

const clientsOf = ({ endpoint, region }: LocalAws) => {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const options = { endpoint, region, credentials };
  return {
    dynamodb: new DynamoDBClient(options),
    secrets: new SecretsManagerClient(options),
    sqs: new SQSClient(options),
  };
};

const connect = async (
  { outputs }: LocalAws,
  clients: Clients,
  accounts: readonly StageAccount[],
  urls: readonly string[],
): Promise<void> => {
  const tableName = outputs[`klaviyo-bridge-${stage}`]?.ConnectionsTableName ?? '';
  const table = { client: clients.dynamodb, tableName };
  const connections = createConnectionStore({ ...table, allowAnyApiUrl: true });
  const prefix = secretNames.prefix(stage);
  const credentials = createCredentialsStore({ client: clients.secrets, prefix });
  for (const [account, { revision }] of accounts.entries()) {
    const connectionId = connectionIdOf(account);
    await credentials.write(connectionId, { kind: 'private_key', privateKey: keyOf(account) });
    await connections.write(
      connectionSettings.parse({
        connectionId,
        status: 'connected',
        auth: 'private_key',
        accountId: accountIdOf(account),
        apiUrl: urls[account],
        revision,
      }),
    );
  }
};

const createDrain = (aws: LocalAws, sqs: SQSClient): OutboundStage['drain'] => {
  const outputs = Object.assign({}, ...Object.values(aws.outputs)) as Record<string, string>;
  return async (queue, bodies) => {
    const queueUrl = outputs[`${queue}QueueUrl`] ?? '';
    const name = queueUrl.slice(queueUrl.lastIndexOf('/') + 1);
    const publish = createQueuePublisher({ client: sqs, queueUrl });
    // What is sent early waits: the sending is no part of what is measured.
    const startMs = Date.now() + sendRoomMs + bodies.length / 2;
    for (let first = 0; first < bodies.length; first += 500) {
      const delaySeconds = Math.max(0, Math.ceil((startMs - Date.now()) / 1_000));
      const part = bodies.slice(first, first + 500);
      const failed = await publish(part.map((body) => ({ body, delaySeconds })));
      if (failed.size > 0) throw new Error(`${failed.size} messages were not taken`);
    }
    if (Date.now() > startMs) throw new Error('sending took longer than the time kept for it');
    await sleep(startMs - Date.now());
    const left = () => {
      const { visible, inFlight, delayed } = aws.queueDepth(name);
      return visible + inFlight + delayed;
    };
    while (left() > 0) {
      if (Date.now() > startMs + drainTimeoutMs)
        throw new Error(`${left()} ${queue} jobs are left`);
      await sleep(10);
    }
    return (Date.now() - startMs) / 1_000;
  };
};

/** One Klaviyo for each latency. */
const startKlaviyos = async (accounts: readonly StageAccount[], cleanup: AsyncDisposableStack) => {
  const byLatency = new Map<number, Child<{ url: string }>>();
  for (const { latencyMs = 0 } of accounts) {
    if (byLatency.has(latencyMs)) continue;
    const options: KlaviyoOptions = { accounts: accounts.length, latencyMs };
    byLatency.set(latencyMs, cleanup.use(await startChild('outbound-klaviyo.ts', options)));
  }
  return {
    urls: accounts.map(({ latencyMs = 0 }) => byLatency.get(latencyMs)?.first.url ?? ''),
    async countRefused() {
      let refused = 0;
      for (const child of byLatency.values()) refused += (await child.ask<KlaviyoReport>()).refused;
      return refused;
    },
  };
};

/** Synthesizes, bundles and starts; takes some seconds. */
export const startOutboundStage = async (options: OutboundStageOptions): Promise<OutboundStage> => {
  const { accounts, dynamodbBehind } = options;
  const cleanup = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'bench-outbound-'));
  cleanup.defer(() => rmSync(folder, { recursive: true }));
  const { urls, countRefused } = await startKlaviyos(accounts, cleanup);
  const aws = await startLocalAws({
    assemblyFolder: await synthesize(folder, options),
    schedules: 'manual',
    functionVariables: {
      KLAVIYO_URLS: JSON.stringify(urls),
      ...(dynamodbBehind && { AWS_ENDPOINT_URL_DYNAMODB: dynamodbBehind.url }),
    },
  });
  cleanup.defer(aws.close);
  dynamodbBehind?.forwardTo(aws.endpoint);
  const clients = clientsOf(aws);
  for (const client of Object.values(clients)) cleanup.defer(() => client.destroy());
  await connect(aws, clients, accounts, urls);
  return {
    drain: createDrain(aws, clients.sqs),
    countRefused,
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  };
};
