/** What a person is asked: a secret, which is never shown, or whether it is meant. */
import { text } from 'node:stream/consumers';
import { UsageFailure } from './failure.ts';
import type { Terminal } from './terminal.ts';

/** Standard input without the line break that `echo` leaves. */
export const readStandardInput = async (): Promise<string> => (await text(process.stdin)).trim();

/**
 * A secret, typed without an echo. It never comes from the command line itself, which other users
 * of the machine and the shell's history can see.
 * @throws UsageFailure where there is nobody to ask.
 */
export const askSecret = async (
  terminal: Terminal,
  message: string,
  otherwise: string,
): Promise<string> => {
  if (!terminal.isInteractive) throw new UsageFailure(`nobody is there to ask: ${otherwise}`);
  const { default: password } = await import('@inquirer/password');
  return (
    await password({ message, mask: false, toggleMask: false }, { output: process.stderr })
  ).trim();
};

/**
 * Whether to go on.
 * @throws UsageFailure where there is nobody to ask.
 */
export const confirm = async (
  terminal: Terminal,
  message: string,
  yes: boolean | undefined,
): Promise<boolean> => {
  if (yes === true) return true;
  if (!terminal.isInteractive) throw new UsageFailure(`${message} Add --yes if it is meant`);
  const { default: ask } = await import('@inquirer/confirm');
  return ask({ message, default: false }, { output: process.stderr });
};
