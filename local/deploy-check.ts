/** `npm run deploy:check`: whether the stacks deploy with `cdk`, work, and are destroyed again. */
import { CommanderError } from 'commander';
import { prepareAwsEnvironment } from '../bin/bridge/aws-environment.ts';
import { explainError } from '../bin/bridge/explain-error.ts';
import { exitCodes } from '../bin/bridge/failure.ts';
import { type CheckOptions, parseCheckOptions } from './deploy-check/check-options.ts';
import { runCheck, stage } from './deploy-check/run-check.ts';
import { createSteps } from './deploy-check/steps.ts';
import { twoInterruptions } from './deploy-check/two-interruptions.ts';

const explain = (error: unknown): number => {
  if (error instanceof CommanderError)
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage; // it has said why
  const { line, exitCode } = explainError(error);
  process.stderr.write(`deploy:check: ${line}\n`);
  return exitCode;
};

const check = async (options: CheckOptions): Promise<number> => {
  prepareAwsEnvironment(options);
  const steps = createSteps((line) => console.log(line));
  const interruption = twoInterruptions(
    options.keep
      ? 'ended; what was deployed stays'
      : 'ended; what was deployed is destroyed now, but for a second Ctrl-C',
  );
  let exitCode: number = exitCodes.done;
  try {
    await runCheck(options, steps, interruption.signal);
  } catch (error) {
    exitCode = interruption.signal.aborted ? exitCodes.interrupted : explain(error);
  } finally {
    interruption.end();
  }
  const { endpoint = null, keep: kept = false } = options;
  const ok = exitCode === exitCodes.done;
  console.log(JSON.stringify({ ok, stage, endpoint, kept, steps: steps.results }));
  return exitCode;
};

const main = async (): Promise<number> => {
  try {
    return await check(
      parseCheckOptions(process.argv.slice(2), process.env.AWS_ENDPOINT_URL || undefined),
    );
  } catch (error) {
    return explain(error);
  }
};

process.exit(await main());
