/** The deployed functions on this machine with many shops, where a crash costs seconds and not minutes. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createApp } from '../../lib/create-app.ts';
import type { LocalAwsFaults } from '../../local/aws/faults.ts';
import type { LocalAws } from '../../local/aws/local-aws.ts';
import { startLocalAws } from '../../local/aws/start-local-aws.ts';
import { type KlaviyoSimulator, startKlaviyoSimulator } from '../../local/klaviyo/simulator.ts';
import { createTally, type Tally } from '../../local/tally.ts';
import { createConnectionStore } from '../../shared/connections/connection-store.dynamodb.ts';
import {
  type Credentials,
  connectionSettings,
  defaultRevision,
  secretNames,
} from '../../shared/connections/contract.ts';
import { createCredentialsStore } from '../../shared/connections/credentials-store.secrets.ts';
import { consentOf, oauthOf, storeApp } from './fault-oauth.ts';

export interface FaultStageOptions {
  /** One connection each, with an account of the same id. */
  readonly shops: readonly string[];
  readonly listNames?: readonly string[];
  /** Of the consumers: as soon as that is over, a killed instance's messages are delivered again. */
  readonly timeoutSeconds: number;
  readonly maxConcurrency: number;
  readonly seed?: number;
  /** Puts something before Klaviyo, and resolves to its URL. */
  readonly before?: (klaviyoUrl: string) => Promise<string>;
  readonly faults?: LocalAwsFaults;
  /** The others connect by private keys. @default none */
  readonly oauth?: ByOAuth | undefined;
}

/** Shops that connect by OAuth, the first ones, with access tokens that live for so long. */
export interface ByOAuth {
  readonly shopCount: number;
  readonly tokenSeconds: number;
}

export interface FaultStage extends AsyncDisposable {
  readonly aws: LocalAws;
  readonly klaviyo: KlaviyoSimulator;
  readonly sqs: SQSClient;
  readonly tally: Tally;
  readonly outputs: Readonly<Record<string, string>>;
}

const stage = 'local';

/** In turns: with the newer one events go in bulk, and people in fewer and larger requests. */
const revisions = [defaultRevision, '2026-07-15'] as const;

export const keyOf = (shop: string): string => `pk_${shop}`;

/** Writes other figures into the templates, in the place of those that a real stage has. */
const hurry = (folder: string, { timeoutSeconds, maxConcurrency }: FaultStageOptions): void => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.template.json'))) {
    const path = join(folder, file);
    const text = readFileSync(path, 'utf8')
      .replaceAll(/"VisibilityTimeout": 360/g, `"VisibilityTimeout": ${timeoutSeconds}`)
      .replaceAll(/"Timeout": 60/g, `"Timeout": ${timeoutSeconds}`)
      .replaceAll(/"MaximumConcurrency": \d+/g, `"MaximumConcurrency": ${maxConcurrency}`);
    writeFileSync(path, text);
  }
};

const connect = async (
  { shops, oauth }: FaultStageOptions,
  { aws, klaviyo, outputs }: Pick<FaultStage, 'aws' | 'klaviyo' | 'outputs'>,
  apiUrl: string,
): Promise<void> => {
  const options = {
    endpoint: aws.endpoint,
    region: aws.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const client = new DynamoDBClient(options);
  const secrets = new SecretsManagerClient(options);
  const tableName = outputs.ConnectionsTableName ?? '';
  const connections = createConnectionStore({ client, tableName, allowAnyApiUrl: true });
  const prefix = secretNames.prefix(stage);
  const credentials = createCredentialsStore({ client: secrets, prefix });
  if (oauth !== undefined) await storeApp(secrets, prefix + secretNames.oauthApp);
  for (const [index, shop] of shops.entries()) {
    const auth = index < (oauth?.shopCount ?? 0) ? 'oauth' : 'private_key';
    const byKey: Credentials = { kind: 'private_key', privateKey: keyOf(shop) };
    await credentials.write(shop, auth === 'oauth' ? await consentOf(klaviyo, shop) : byKey);
    const revision = revisions[index % revisions.length];
    const settings = { connectionId: shop, accountId: shop, apiUrl, revision };
    await connections.write(connectionSettings.parse({ ...settings, status: 'connected', auth }));
  }
  client.destroy();
  secrets.destroy();
};

/** Synthesizes and bundles, which takes some seconds; polls only when it is told to. */
export const startFaultStage = async (options: FaultStageOptions): Promise<FaultStage> => {
  const { shops, listNames = [], seed = 1, faults, oauth } = options;
  const folder = mkdtempSync(join(tmpdir(), 'fault-stage-'));
  createApp({ stage, outdir: folder, validate: false }).app.synth();
  hurry(folder, options);
  const tally = createTally();
  const aws = await startLocalAws({
    assemblyFolder: folder,
    schedules: 'manual',
    onLog: ({ line }) => tally.observe(line),
    ...(faults === undefined ? {} : { faults }),
  });
  const klaviyo = await startKlaviyoSimulator({
    seed,
    ...(oauth === undefined ? {} : oauthOf(oauth.tokenSeconds)),
    accounts: shops.map((id) => ({
      id,
      privateKeys: [{ key: keyOf(id) }],
      lists: listNames.map((name) => ({ name })),
    })),
  });
  const outputs = aws.outputs[`klaviyo-bridge-${stage}`] ?? {};
  await connect(
    options,
    { aws, klaviyo, outputs },
    (await options.before?.(klaviyo.url)) ?? klaviyo.url,
  );
  const sqs = new SQSClient({
    endpoint: aws.endpoint,
    region: aws.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  return {
    ...{ aws, klaviyo, sqs, tally, outputs },
    async [Symbol.asyncDispose]() {
      sqs.destroy();
      await aws.close();
      await klaviyo.close();
      rmSync(folder, { recursive: true });
    },
  };
};
