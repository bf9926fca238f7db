/** A function and its instances, kept warm and used again. */
import { type FunctionInstance, startInstance } from './function-instance.ts';
import type { FunctionSettings } from './function-settings.ts';
import type { InvocationResult } from './invocation.ts';
import { createSlots } from './slots.ts';

export interface FunctionStats {
  readonly invocations: number;
  /** Invocations that failed, whatever the way: thrown, timed out or crashed. */
  readonly errors: number;
  readonly timeouts: number;
  readonly running: number;
  /** Processes, running or warm. */
  readonly instances: number;
}

export interface LambdaFunction {
  readonly settings: FunctionSettings;
  /** How many instances there may be at once. */
  readonly concurrency: number;
  /** As many invocations run as the concurrency that the template reserves for it. */
  readonly isThrottled: boolean;
  /** Runs one event, given as JSON, as soon as an instance is free. It never rejects. */
  invoke(payload: string): Promise<InvocationResult>;
  stats(): FunctionStats;
  /** Ends every instance where it is; what runs in them fails as a crash does. */
  kill(): void;
  close(): Promise<void>;
}

export interface LambdaFunctionOptions {
  /** Instances of a function that reserves no concurrency of its own. */
  readonly maxInstances: number;
  readonly onLine: (line: string) => void;
}

const closed: InvocationResult = {
  ok: false,
  error: { errorType: 'HostClosed', errorMessage: 'the host is closed' },
};

export const createLambdaFunction = (
  settings: FunctionSettings,
  { maxInstances, onLine }: LambdaFunctionOptions,
): LambdaFunction => {
  const { reservedConcurrency, name } = settings;
  const concurrency = reservedConcurrency ?? maxInstances;
  const slots = createSlots(concurrency);
  const instances = new Set<FunctionInstance>();
  const idle: FunctionInstance[] = [];
  const counts = { invocations: 0, errors: 0, timeouts: 0 };
  let isClosed = false;

  const startAnother = () => {
    const instance = startInstance(settings, onLine);
    instances.add(instance);
    void instance.ended.then(() => instances.delete(instance));
    return instance;
  };
  const warmest = () => {
    for (let one = idle.pop(); one !== undefined; one = idle.pop()) if (one.alive) return one;
    return startAnother();
  };
  const note = (result: InvocationResult) => {
    counts.invocations += 1;
    if (result.ok) return;
    const { errorType, errorMessage } = result.error;
    counts.errors += 1;
    if (errorType === 'Sandbox.Timedout') counts.timeouts += 1;
    if (!isClosed) onLine(`${name} failed: ${errorType}: ${errorMessage}`);
  };
  const run = async (payload: string) => {
    if (isClosed) return closed;
    const instance = warmest();
    const result = await instance.run(payload);
    if (instance.alive) idle.push(instance);
    note(result);
    return result;
  };
  const kill = () => {
    for (const instance of instances) instance.kill();
  };

  return {
    settings,
    concurrency,
    get isThrottled() {
      return reservedConcurrency !== undefined && slots.isFull;
    },
    async invoke(payload) {
      await slots.take();
      try {
        return await run(payload);
      } finally {
        slots.free();
      }
    },
    stats: () => ({ ...counts, running: slots.taken, instances: instances.size }),
    kill,
    async close() {
      isClosed = true;
      kill();
      await Promise.all([...instances].map(({ ended }) => ended));
    },
  };
};
