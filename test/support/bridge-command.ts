/** The command line as a person runs it: a process of its own, with nothing of this machine's AWS. */
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const project = fileURLToPath(new URL('../..', import.meta.url));
const node = process.execPath;

export interface BridgeOutcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface BridgeOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Standard input. @default it is empty */
  readonly input?: string;
  /** Ends it as Ctrl-C does. */
  readonly signal?: AbortSignal;
  /** Leaves its standard input open. */
  readonly keepsWriting?: boolean;
  /** Closes its standard output before it has written anything. */
  readonly readsNothing?: boolean;
}

/** No credentials, no settings of the user's, no look around the network for any. */
const bare = {
  PATH: process.env.PATH ?? '',
  HOME: `${tmpdir()}/no-such-home`,
  AWS_EC2_METADATA_DISABLED: 'true',
};

/** Runs a node of the project's version in its folder, and waits for its end. */
export const runNode = (
  words: readonly string[],
  {
    environment = {},
    input = '',
    signal,
    readsNothing = false,
    keepsWriting = false,
  }: BridgeOptions = {},
): Promise<BridgeOutcome> =>
  new Promise((resolve, reject) => {
    const child = spawn(node, words, {
      cwd: project,
      env: { ...bare, ...environment },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    if (readsNothing) child.stdout.destroy();
    signal?.addEventListener('abort', () => child.kill('SIGINT'));
    child.stdin.on('error', () => {}); // it may end without reading
    if (!keepsWriting) child.stdin.end(input);
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });

/** Runs `bridge` with these words, and waits for its end. */
export const runBridge = (
  words: readonly string[],
  options?: BridgeOptions,
): Promise<BridgeOutcome> => runNode(['bin/bridge.ts', ...words], options);

/** That a command ended with this code, and one line at the end that says why. */
export const expectFailure = (
  { exitCode, stderr }: BridgeOutcome,
  line: string,
  code = 1,
): void => {
  const last = stderr.trimEnd().split('\n').at(-1);
  expect(last).toMatch(/^bridge: /);
  expect(last).toContain(line);
  expect(stderr).not.toMatch(/\n\s+at /); // no stack trace
  expect(exitCode).toBe(code);
};
