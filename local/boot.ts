/** Everything on one machine: what deploys, synthesized, on the local AWS, beside a Klaviyo. */
import { fileURLToPath } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createApp } from '../lib/create-app.ts';
import type { LocalAws } from './aws/local-aws.ts';
import { startLocalAws } from './aws/start-local-aws.ts';
import { type KlaviyoSimulator, startKlaviyoSimulator } from './klaviyo/simulator.ts';

export const stage = 'local';

/** One for the sample shop, one to connect by hand, and two for the tour in the README. */
export const accounts = [
  { id: 'DemoSh', name: 'Demo Shop', privateKeys: [{ key: 'pk_demo_shop' }] },
  { id: 'SecndS', name: 'Second Shop', privateKeys: [{ key: 'pk_second_shop' }] },
  {
    id: 'AcmeSh',
    name: 'Acme',
    privateKeys: [{ key: 'pk_acme' }],
    lists: [{ name: 'Newsletter' }],
  },
  { id: 'OutltS', name: 'Acme Outlet', privateKeys: [{ key: 'pk_outlet' }] },
] as const;

const oauthApp = { clientId: 'klaviyo-bridge-local', clientSecret: 'local-only' };

export interface LocalStage {
  readonly aws: LocalAws;
  readonly klaviyo: KlaviyoSimulator;
  readonly outputs: Readonly<Record<string, string>>;
  readonly clients: {
    readonly dynamodb: DynamoDBClient;
    readonly secrets: SecretsManagerClient;
    readonly sqs: SQSClient;
  };
  close(): Promise<void>;
}

export interface BootOptions {
  /** Takes what the functions write, line by line. */
  readonly onLog: (entry: { readonly functionName: string; readonly line: string }) => void;
  /** Told of each step as it begins. */
  readonly onStep: (step: string) => void;
}

const assemblyFolder = fileURLToPath(new URL('../cdk.out/local/', import.meta.url));

const clientsOf = ({ endpoint, region }: LocalAws): LocalStage['clients'] => {
  const options = {
    endpoint,
    region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  return {
    dynamodb: new DynamoDBClient(options),
    secrets: new SecretsManagerClient(options),
    sqs: new SQSClient(options),
  };
};

/** Synthesizes, starts both sides and registers the OAuth app with them. */
export const boot = async ({ onLog, onStep }: BootOptions): Promise<LocalStage> => {
  onStep('synthesizing the stacks');
  createApp({ stage, outdir: assemblyFolder, validate: false }).app.synth();
  onStep('starting queues, tables, functions and the simulated Klaviyo');
  const aws = await startLocalAws({ assemblyFolder, onLog });
  const outputs = aws.outputs[`klaviyo-bridge-${stage}`] ?? {};
  const redirectUris = [outputs.OAuthRedirectUri ?? ''];
  const klaviyo = await startKlaviyoSimulator({
    accounts,
    oauthApps: [{ ...oauthApp, redirectUris }],
  });
  const clients = clientsOf(aws);
  await clients.secrets.send(
    new PutSecretValueCommand({
      SecretId: outputs.OAuthAppSecretName,
      SecretString: JSON.stringify(oauthApp),
    }),
  );
  return {
    aws,
    klaviyo,
    outputs,
    clients,
    async close() {
      for (const client of Object.values(clients)) client.destroy();
      await aws.close();
      await klaviyo.close();
    },
  };
};
