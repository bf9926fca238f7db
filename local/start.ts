/** `npm start`: the whole bridge on one machine, with a sample shop sent through it. */
import { Command } from 'commander';
import { accounts, boot, type LocalStage } from './boot.ts';
import { clickThrough, connectByKey, prepareConnection } from './connect-demo.ts';
import { createProgress } from './progress.ts';
import { runShop } from './run-shop.ts';
import { toTable } from './summary.ts';
import { createTally } from './tally.ts';
import { whereaboutsOf, writeHostDown } from './whereabouts.ts';

const connectionId = 'demo';

const command = new Command('npm start --')
  .description('Runs the deployed functions on this machine and sends a sample shop through them.')
  .option('--once', 'end with the summary; its last line is JSON')
  .option('--logs', 'show what the functions log')
  .addHelpText(
    'after',
    '\nWith KLAVIYO_API_KEY set, the shop is written to that Klaviyo account instead of the simulator.',
  );
command
  .configureOutput({
    outputError: (text, write) => write(text.replace('error: ', 'npm start: ')),
  })
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2)); // as of the other commands
const { once = false, logs = false } = command.parse().opts<{ once?: boolean; logs?: boolean }>();

const progress = createProgress();
const tally = createTally();
const privateKey = process.env.KLAVIYO_API_KEY || undefined; // set to nothing is not set
const isSimulated = privateKey === undefined;

const connect = async (local: LocalStage): Promise<void> => {
  if (privateKey !== undefined) return connectByKey(local, connectionId, privateKey);
  local.klaviyo.setAutoConsent(accounts[0].id);
  await clickThrough(await prepareConnection(local, connectionId));
  local.klaviyo.setAutoConsent(undefined);
};

const run = async (): Promise<number> => {
  const local = await boot({
    onStep: progress.step,
    onLog: ({ functionName, line }) => {
      tally.observe(line);
      if (logs) progress.note(`${functionName}: ${line}`);
    },
  });
  const stop = new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  const forgetHost = await writeHostDown(local, { isSimulated });
  try {
    progress.step('connecting the demo account');
    await connect(local);
    const work = runShop({
      ...{ local, connectionId, tally, simulated: isSimulated },
      onProgress: progress.advance,
    });
    const summary = await Promise.race([work, stop]);
    progress.end();
    if (summary === undefined) return 130; // interrupted
    for (const line of tally.errors) console.error(line);
    console.log(toTable(summary));
    if (once) console.log(JSON.stringify(summary));
    else {
      console.log(await whereaboutsOf(local, { isSimulated }));
      await stop;
    }
    return summary.complete ? 0 : 1;
  } finally {
    await forgetHost();
    await local.close();
  }
};

// An interrupted shop still waits for its jobs, whose queues are gone.
process.exit(await run());
