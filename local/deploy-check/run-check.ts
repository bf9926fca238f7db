/** From nothing to a deployed stage, through its test, and back to nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandFailure } from '../../bin/bridge/failure.ts';
import { stackNameOf } from '../../bin/bridge/stage-resources.ts';
import { createReadStackOutputs } from '../../shared/platform/stack-outputs.cloudformation.ts';
import { type KlaviyoSimulator, startKlaviyoSimulator } from '../klaviyo/simulator.ts';
import { type Cdk, createCdk } from './cdk.ts';
import type { CheckOptions } from './check-options.ts';
import { checkStage } from './check-stage.ts';
import { accountBefore, connectionId } from './errands.ts';
import { createRunBridge, type RunBridge } from './run-bridge.ts';
import type { Steps } from './steps.ts';

export const stage = 'check';

/** @throws CommandFailure when AWS cannot be reached, or the stage is there already. */
const lookAround = async (): Promise<void> => {
  const readOutputs = createReadStackOutputs();
  for (const name of [stackNameOf(stage), `${stackNameOf(stage)}-data`])
    if ((await readOutputs(name)) !== undefined)
      throw new CommandFailure(
        `the stack ${name} is there already, from a check that runs or was kept: end it with \`npx cdk destroy --all -c stage=${stage}\``,
      );
};

/** The connection's secret belongs to no stack. Without a connection there is nothing to remove. */
const removeConnection = async (bridge: RunBridge): Promise<void> => {
  const connections = (await bridge(['connections', 'list'])) as readonly unknown[];
  if (connections.length > 0) await bridge(['connections', 'remove', connectionId, '--yes']);
};

const destroy = async (steps: Steps, cdk: Cdk, bridge: RunBridge, wasDeployed: boolean) => {
  const removal = wasDeployed
    ? steps.run('remove the connection', () => removeConnection(bridge))
    : Promise.resolve();
  await removal.catch(() => undefined); // told already, and no reason to leave the rest
  await steps.run('destroy both stacks with cdk', cdk.destroy);
};

interface Check {
  readonly options: CheckOptions;
  readonly steps: Steps;
  readonly signal: AbortSignal;
  /** What is to be undone, the last thing first. */
  readonly cleanup: AsyncDisposableStack;
}

const startKlaviyo = async ({ options, cleanup }: Check): Promise<KlaviyoSimulator> => {
  const { simulatorHost: host, simulatorPort: port } = options;
  const klaviyo = await startKlaviyoSimulator({
    accounts: [accountBefore],
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
  });
  cleanup.defer(klaviyo.close);
  return klaviyo;
};

const check = async (given: Check): Promise<void> => {
  const { options, steps, signal, cleanup } = given;
  const { endpoint, keep = false, verbose: isShown = false, timeout: timeoutSeconds } = options;
  const folder = mkdtempSync(join(tmpdir(), 'deploy-check-'));
  cleanup.defer(() => rmSync(folder, { recursive: true, force: true }));
  const klaviyo = await startKlaviyo(given);
  const cdk = createCdk({ stage, folder, endpoint, isShown });
  const bridge = createRunBridge(stage);

  await steps.run('reach AWS', lookAround);
  let wasDeployed = false;
  if (!keep) cleanup.defer(() => destroy(steps, cdk, bridge, wasDeployed));
  await steps.run('deploy both stacks with cdk', () => cdk.deploy(signal));
  wasDeployed = true;
  const account = klaviyo.account();
  const klaviyoUrl = options.klaviyoUrl ?? klaviyo.url;
  const patience = { timeoutSeconds, signal };
  await checkStage({ stage, steps, bridge, account, klaviyoUrl, patience });
};

/**
 * Checks a deployment, and destroys it whatever comes.
 * @throws the first error that there was.
 */
export const runCheck = async (
  options: CheckOptions,
  steps: Steps,
  signal: AbortSignal,
): Promise<void> => {
  const errors: unknown[] = [];
  const collect = (error: unknown) => errors.push(error);
  const cleanup = new AsyncDisposableStack();
  await check({ options, steps, signal, cleanup }).catch(collect);
  await cleanup.disposeAsync().catch(collect);
  if (errors.length > 0) throw errors[0];
};
