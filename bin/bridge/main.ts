/** From the command line to an exit code. */
import { CommanderError } from 'commander';
import { exitCodes } from './failure.ts';
import { harmless } from './harmless.ts';
import { createProgram } from './program.ts';

/** A reader that has seen enough, such as `head`, is no failure. */
const endWithReader = (stream: NodeJS.WriteStream): void => {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(exitCodes.done);
  });
};

/** Runs one command. What it could not do is told on standard error, in one line. */
export const main = async (argv: readonly string[]): Promise<number> => {
  endWithReader(process.stdout);
  endWithReader(process.stderr);
  try {
    await createProgram().parseAsync(argv);
    return exitCodes.done;
  } catch (error) {
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? exitCodes.done : exitCodes.usage; // it has said why
    const { explainError } = await import('./explain-error.ts');
    const { line, exitCode } = explainError(error);
    process.stderr.write(`bridge: ${line}\n`);
    if (process.env.BRIDGE_DEBUG && error instanceof Error)
      console.error(harmless(`${error.stack}`));
    return exitCode;
  }
};
