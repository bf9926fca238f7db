/** Runs a command of the project as a process of its own. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export const projectFolder = fileURLToPath(new URL('../../', import.meta.url));

export interface CommandOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Standard input. @default it is empty */
  readonly input?: string;
  /** Ends it, with all that it started. */
  readonly signal?: AbortSignal;
  /** Shows what it prints as it comes. */
  readonly isShown?: boolean;
}

export interface CommandOutcome {
  /** Null where it was ended by a signal. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The project's own Node comes first, for what the command starts in its turn. */
const withOwnNode = ({ PATH = '' }: NodeJS.ProcessEnv) => ({
  PATH: `${projectFolder}node_modules/.bin:${PATH}`,
});

/** Runs a Node program of the project, and waits for its end. It outlives no Ctrl-C unasked. */
export const runCommand = async (
  words: readonly string[],
  { environment = {}, input = '', signal, isShown = false }: CommandOptions = {},
): Promise<CommandOutcome> => {
  signal?.throwIfAborted();
  const child = spawn(process.execPath, words, {
    cwd: projectFolder,
    env: { ...process.env, ...withOwnNode(process.env), ...environment },
    detached: true, // a group of its own: Ctrl-C reaches us alone, and we decide what ends
  });
  const end = () => {
    try {
      process.kill(-(child.pid ?? Number.NaN), 'SIGTERM');
    } catch {} // it has ended already
  };
  process.once('exit', end);
  signal?.addEventListener('abort', end, { once: true });
  if (isShown) for (const stream of [child.stdout, child.stderr]) stream.pipe(process.stderr);
  child.stdin.on('error', () => {}); // it may end without reading
  child.stdin.end(input);
  try {
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    const [exitCode, stdout, stderr] = await Promise.all([
      ended,
      text(child.stdout),
      text(child.stderr),
    ]);
    signal?.throwIfAborted();
    return { exitCode, stdout, stderr };
  } finally {
    process.off('exit', end);
    signal?.removeEventListener('abort', end);
  }
};
