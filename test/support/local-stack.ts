/** A small CDK app, synthesized into a temporary folder and run by the local host. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { App, Duration, Stack } from 'aws-cdk-lib';
import {
  Code,
  type FunctionProps,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { vi } from 'vitest';
import type { LocalAws, LocalAwsOptions } from '../../local/aws/local-aws.ts';
import { startLocalAws } from '../../local/aws/start-local-aws.ts';

type FunctionSettings = Partial<FunctionProps> & { readonly file?: string };

/** Defines a fixture's resources; `source` is a whole ESM module that exports `handler`. */
export interface Definition {
  readonly app: App;
  readonly stack: Stack;
  addFunction(id: string, source: string, settings?: FunctionSettings): LambdaFunction;
}

export interface LocalStack extends AsyncDisposable {
  readonly aws: LocalAws;
  readonly sqs: SQSClient;
  readonly lambda: LambdaClient;
  readonly dynamodb: DynamoDBClient;
  readonly secrets: SecretsManagerClient;
  /** What the functions wrote, line by line. */
  readonly lines: readonly string[];
  /** The JSON values among the lines. */
  reports<T>(): readonly T[];
  /** Waits for so many of them. */
  waitForReports<T>(count: number, timeoutMs?: number): Promise<readonly T[]>;
  queueUrl(name: string): string;
}

type Options = Omit<LocalAwsOptions, 'assemblyFolder'>;

/** Synthesizes without running; gives the assembly's folder. */
export const synthesize = (folder: string, define: (definition: Definition) => void): string => {
  const outdir = join(folder, 'cdk.out');
  const app = new App({
    outdir,
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
    context: { '@aws-cdk/core:defaultCrossStackReferences': 'strong' },
  });
  const stack = new Stack(app, 'Fixture');
  define({
    app,
    stack,
    addFunction(id, source, { file = 'index.mjs', ...settings } = {}) {
      const code = join(folder, `code-${id}`);
      mkdirSync(code);
      writeFileSync(join(code, file), source);
      return new LambdaFunction(stack, id, {
        runtime: Runtime.NODEJS_24_X,
        handler: 'index.handler',
        code: Code.fromAsset(code),
        timeout: Duration.seconds(10),
        ...settings,
      });
    },
  });
  app.synth();
  return outdir;
};

const parseLines = <T>(lines: readonly string[]): readonly T[] =>
  lines.flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as T] : []));

const clientsOf = ({ endpoint, region }: LocalAws) => {
  const settings = {
    endpoint,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  return {
    sqs: new SQSClient(settings),
    lambda: new LambdaClient(settings),
    dynamodb: new DynamoDBClient(settings),
    secrets: new SecretsManagerClient(settings),
  };
};

/** Ends the host and removes the folder when it is disposed of. */
export const startLocalStack = async (
  define: (definition: Definition) => void,
  options: Options = {},
): Promise<LocalStack> => {
  const folder = mkdtempSync(join(tmpdir(), 'local-stack-'));
  const lines: string[] = [];
  const aws = await startLocalAws({
    assemblyFolder: synthesize(folder, define),
    onLog: ({ line }) => lines.push(line),
    ...options,
  });
  const clients = clientsOf(aws);
  const queueUrl = (name: string) => {
    const generated = new RegExp(`-${name}[0-9A-F]{8}$`);
    const found = Object.entries(aws.queues()).find(([physical]) => generated.test(physical));
    return found?.[1].url ?? `no queue is called ${name}`;
  };
  return {
    aws,
    ...clients,
    lines,
    queueUrl,
    reports: () => parseLines(lines),
    waitForReports: async <T>(count: number, timeoutMs = 8_000) => {
      const enough = () => {
        const found = parseLines<T>(lines);
        if (found.length < count) throw new Error(`only ${found.length} of ${count}: ${lines}`);
        return found;
      };
      return vi.waitFor(enough, { timeout: timeoutMs, interval: 5 });
    },
    async [Symbol.asyncDispose]() {
      for (const client of Object.values(clients)) client.destroy();
      await aws.close();
      rmSync(folder, { recursive: true });
    },
  };
};
