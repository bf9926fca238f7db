/** A stage on this machine, with Klaviyo beside it, and the command line to operate it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../lib/create-app.ts';
import type { LocalAws } from '../../local/aws/local-aws.ts';
import { startLocalAws } from '../../local/aws/start-local-aws.ts';
import { type KlaviyoSimulator, startKlaviyoSimulator } from '../../local/klaviyo/simulator.ts';
import { type BridgeOptions, type BridgeOutcome, runBridge } from './bridge-command.ts';

export interface OperatedStage {
  readonly aws: LocalAws;
  readonly klaviyo: KlaviyoSimulator;
  /** What the functions wrote, line by line. */
  readonly lines: readonly string[];
  /** Runs `bridge … --stage local` against it; words are separated by blanks. */
  bridge(command: string, options?: BridgeOptions): Promise<BridgeOutcome>;
  /** The same, with its result read from its JSON. */
  bridgeJson<T>(command: string, options?: BridgeOptions): Promise<T>;
  /** Adds a connection by private key, to the simulator's first account. */
  connect(connectionId: string, ...settings: readonly string[]): Promise<void>;
  /** Writes a file for a command to read, and gives its path. */
  file(name: string, content: string): string;
  close(): Promise<void>;
}

/** The OAuth app that the simulator knows. */
export const oauthApp = { clientId: 'app-1', clientSecret: 'app-secret-1' };

/** What the stage was deployed with, as `-c connectionDefaults=…` gives it. */
const connectionDefaults = '{"throttle":{"maxInFlight":40},"poll":{"overlapSeconds":90}}';

/** Synthesizes and bundles, which takes some seconds: once per test file. */
export const startOperatedStage = async (): Promise<OperatedStage> => {
  const folder = mkdtempSync(join(tmpdir(), 'operated-stage-'));
  const assemblyFolder = join(folder, 'cdk.out');
  const context = { connectionDefaults };
  createApp({ stage: 'local', outdir: assemblyFolder, context, validate: false }).app.synth();
  const lines: string[] = [];
  const onLog = ({ line }: { line: string }) => void lines.push(line);
  const aws = await startLocalAws({ assemblyFolder, schedules: 'manual', onLog });
  const { OAuthRedirectUri = '' } = aws.outputs['klaviyo-bridge-local'] ?? {};
  const klaviyo = await startKlaviyoSimulator({
    rateLimits: 'off',
    oauthApps: [{ ...oauthApp, redirectUris: [OAuthRedirectUri] }],
  });

  const run = (words: readonly string[], { environment, ...options }: BridgeOptions = {}) =>
    runBridge([...words, '--stage', 'local'], {
      environment: { AWS_ENDPOINT_URL: aws.endpoint, ...environment },
      ...options,
    });

  return {
    aws,
    klaviyo,
    lines,
    bridge: (command, options) => run(command.split(' '), options),
    async bridgeJson<T>(command: string, options?: BridgeOptions) {
      const { exitCode, stdout, stderr } = await run([...command.split(' '), '--json'], options);
      if (exitCode !== 0) throw new Error(`${command} ended with ${exitCode}: ${stderr}`);
      return JSON.parse(stdout) as T;
    },
    async connect(connectionId, ...settings) {
      const words = ['connections', 'add', connectionId, '--private-key-stdin'];
      const { exitCode, stderr } = await run([...words, '--api-url', klaviyo.url, ...settings], {
        input: 'pk_simulated\n',
      });
      if (exitCode !== 0) throw new Error(stderr);
    },
    file(name, content) {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
    async close() {
      await aws.close();
      await klaviyo.close();
      rmSync(folder, { recursive: true });
    },
  };
};
