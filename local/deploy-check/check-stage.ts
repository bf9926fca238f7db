/** A deployed stage put to the test: connected, sent one job of each kind, polled. */

import { SQSClient } from '@aws-sdk/client-sqs';
import { CommandFailure } from '../../bin/bridge/failure.ts';
import { stackNameOf, toStageResources } from '../../bin/bridge/stage-resources.ts';
import { createReadStackOutputs } from '../../shared/platform/stack-outputs.cloudformation.ts';
import type { SimulatedAccount } from '../klaviyo/inspection.ts';
import { checkInbound } from './check-inbound.ts';
import { connectionId, errands, privateKey } from './errands.ts';
import type { RunBridge } from './run-bridge.ts';
import type { Steps } from './steps.ts';
import { type Patience, waitFor } from './wait-for.ts';

export interface CheckStageOptions {
  readonly stage: string;
  readonly steps: Steps;
  readonly bridge: RunBridge;
  readonly account: SimulatedAccount;
  /** Where the functions reach Klaviyo. */
  readonly klaviyoUrl: string;
  readonly patience: Patience;
}

const connect = async ({ bridge, klaviyoUrl, patience }: CheckStageOptions) => {
  const startFrom = `poll.startFrom=${new Date().toISOString()}`;
  const words = ['connections', 'add', connectionId, '--private-key-stdin'];
  await bridge([...words, '--api-url', klaviyoUrl, '--set', startFrom], {
    input: privateKey,
    signal: patience.signal,
  });
};

const send = async ({ bridge, patience }: CheckStageOptions) => {
  const input = JSON.stringify(Object.values(errands).map(({ job }) => job));
  await bridge(['send', '-'], { input, signal: patience.signal });
};

/** @throws CommandFailure that names the reasons of dead letters, where there are any. */
const explainByDeadLetters = async (bridge: RunBridge, error: unknown): Promise<never> => {
  if (!(error instanceof CommandFailure)) throw error;
  const letters = (await bridge(['dead-letters', 'list'])) as readonly {
    readonly type?: string;
    readonly reason: string;
  }[];
  const reasons = letters.map(({ type, reason }) => `${type ?? 'a job'}: ${reason}`);
  const told = reasons.length === 0 ? 'no dead letters' : `dead letters: ${reasons.join(', ')}`;
  throw new CommandFailure(`${error.message} (${told})`);
};

/** @throws CommandFailure at the first step that fails. */
export const checkStage = async (options: CheckStageOptions): Promise<void> => {
  const { stage, steps, bridge, account, patience } = options;
  await steps.run('add a connection by private key', () => connect(options));
  await steps.run('send one job of each kind', () => send(options));
  for (const [type, { outcome, isDone }] of Object.entries(errands))
    await steps.run(`${type}: ${outcome}`, () =>
      waitFor(async () => isDone(account) || undefined, patience).catch((error: unknown) =>
        explainByDeadLetters(bridge, error),
      ),
    );
  await steps.run('customer.changed: a change in Klaviyo comes out of inbound', async () => {
    const resources = toStageResources(stage, await createReadStackOutputs()(stackNameOf(stage)));
    const sqs = new SQSClient({ useQueueUrlAsEndpoint: false }); // containers know it by another name
    const inboundUrl = resources.queues.inbound.url;
    await checkInbound({ account, bridge, sqs, inboundUrl, patience });
    sqs.destroy();
  });
};
