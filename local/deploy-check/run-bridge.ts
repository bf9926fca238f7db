/** The operator's command line, as an operator runs it. */
import { CommandFailure } from '../../bin/bridge/failure.ts';
import { runCommand } from './run-command.ts';

/** Runs a command and reads its JSON. @throws CommandFailure with the line in which it says why not. */
export type RunBridge = (
  words: readonly string[],
  options?: { readonly input?: string; readonly signal?: AbortSignal },
) => Promise<unknown>;

export const createRunBridge =
  (stage: string): RunBridge =>
  async (words, options) => {
    const outcome = await runCommand(
      ['bin/bridge.ts', ...words, '--stage', stage, '--json'],
      options,
    );
    const { exitCode, stdout, stderr } = outcome;
    const lastLine = stderr.trimEnd().split('\n').at(-1) ?? '';
    if (exitCode !== 0) throw new CommandFailure(lastLine);
    return JSON.parse(stdout);
  };
