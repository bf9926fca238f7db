/** The simulator's command in a process of its own, as its users run it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { plainEnvironment } from '../../../support/shell.ts';

const source = join(import.meta.dirname, '../../../../local/simulator.ts');

interface Started {
  readonly url: string;
  readonly printed: string;
  readonly complaints: () => string;
}

/** Runs until the end of the test, at any free port. @throws Error where it does not serve */
export const startSimulatorProcess = async (
  words: readonly string[] = [],
  { node = process.execPath, program = source } = {},
): Promise<Started> => {
  const child = spawn(node, [program, '--port', '0', ...words], { env: plainEnvironment() });
  const ended = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGINT');
    await ended;
  });
  let printed = '';
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  const served = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      if (/nothing is kept|"accounts"/.test(printed)) resolve();
    });
  });
  await Promise.race([served, ended]);
  const url = /http:\/\/[\w.-]+:\d+/.exec(printed)?.[0];
  if (url === undefined) throw new Error(`it does not serve: ${complaints}`);
  return { url, printed, complaints: () => complaints };
};
