/**
 * One function instance: a process of its own that runs one event at a time. A process, because a
 * worker thread that runs out of memory can take the whole host along, and one that loops while it
 * allocates cannot be stopped.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { FunctionSettings } from './function-settings.ts';
import type {
  FunctionError,
  InstanceMessage,
  InvocationRequest,
  InvocationResult,
} from './invocation.ts';

const entry = new URL('./instance-process.ts', import.meta.url);

/**
 * Lambda's limit on loading the handler. What takes longer begins anew in the time of the invocation:
 * here it just goes on, as on a machine with too much to do nothing would ever load.
 */
const initTimeoutSeconds = 10;

export interface FunctionInstance {
  /** Runs one event. It never rejects: what goes wrong is the invocation's result. */
  run(payload: string): Promise<InvocationResult>;
  readonly alive: boolean;
  kill(): void;
  /** Resolves once the process has ended. */
  readonly ended: Promise<void>;
}

const start = ({ codeFolder, handler, memoryMb, environment }: FunctionSettings): ChildProcess =>
  fork(entry, [codeFolder, handler], {
    cwd: codeFolder,
    env: environment,
    execArgv: [
      `--max-old-space-size=${memoryMb}`,
      '--max-semi-space-size=8', // MB: so that many instances fit on one machine
      '--disable-warning=ExperimentalWarning',
    ],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });

const failed = (errorType: string, errorMessage: string): InvocationResult => ({
  ok: false,
  error: { errorType, errorMessage },
});

const describeExit = (code: number | null, signal: NodeJS.Signals | null) =>
  signal === null ? `exit status ${code}` : `signal: ${signal}`;

/** @param onLine is given what the function writes to stdout and stderr, line by line. */
export const startInstance = (
  settings: FunctionSettings,
  onLine: (line: string) => void,
): FunctionInstance => {
  const child = start(settings);
  let alive = true;
  let unusable: FunctionError | undefined;
  let finish: ((result: InvocationResult) => void) | undefined;
  const kill = () => {
    alive = false;
    child.kill('SIGKILL');
  };
  const ready = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();

  const end = (how: string) => {
    alive = false;
    ready.resolve();
    finish?.(failed('Runtime.ExitError', `Runtime exited with error: ${how}`));
    ended.resolve();
  };
  child.on('message', (message: InstanceMessage) => {
    if (message.type === 'result') return finish?.(message.result);
    if (message.type === 'unusable') unusable = message.error;
    return ready.resolve();
  });
  child.once('exit', (code, signal) => end(describeExit(code, signal)));
  child.on('error', (error) => end(error.message));
  for (const stream of [child.stdout, child.stderr])
    if (stream !== null) createInterface(stream).on('line', onLine);

  const killAfter = (timeoutMs: number, errorMessage: string) =>
    setTimeout(() => {
      finish?.(failed('Sandbox.Timedout', errorMessage));
      kill();
    }, timeoutMs);

  const load = async (requestId: string) => {
    const seconds = initTimeoutSeconds + settings.timeoutSeconds;
    const message = `RequestId: ${requestId} Error: the handler did not load within ${seconds} seconds`;
    const timer = killAfter(seconds * 1_000, message);
    await ready.promise;
    clearTimeout(timer);
  };

  const call = (requestId: string, payload: string) => {
    const { timeoutSeconds } = settings;
    const message = `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
    const timeoutMs = timeoutSeconds * 1_000;
    const request: InvocationRequest = { requestId, payload, deadlineMs: Date.now() + timeoutMs };
    child.send(request, (error) => error && end(error.message));
    return killAfter(timeoutMs, message);
  };

  return {
    get alive() {
      return alive;
    },
    kill,
    ended: ended.promise,
    async run(payload) {
      const requestId = randomUUID();
      const outcome = Promise.withResolvers<InvocationResult>();
      finish = outcome.resolve;
      await load(requestId);
      if (unusable !== undefined) {
        kill();
        return { ok: false, error: unusable };
      }
      const timer = alive ? call(requestId, payload) : undefined;
      const result = await outcome.promise;
      clearTimeout(timer);
      finish = undefined;
      return result;
    },
  };
};
