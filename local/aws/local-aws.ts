/** What a started host offers beside AWS's own protocols. */
import type { NotRun } from './assembly/deploy-stack.ts';
import type { LocalAwsFaults } from './faults.ts';
import type { InvocationResult } from './lambda/invocation.ts';
import type { FunctionStats } from './lambda/lambda-function.ts';
import type { QueueDepth } from './sqs/queue.ts';

export interface LocalAwsOptions {
  /**
   * The folder that `cdk synth` wrote: manifest.json, templates and assets.
   * @default nothing runs until `cdk deploy` has brought it
   */
  readonly assemblyFolder?: string;
  /** Whether `cdk bootstrap` is to have been here. @default true */
  readonly isBootstrapped?: boolean;
  /** @default any port that is free */
  readonly port?: number;
  /** The port of the first HTTP API. @default any port that is free */
  readonly httpApiPort?: number;
  /** @default the assembly's own, `us-east-1` where its stacks name none */
  readonly region?: string;
  /** `auto` ticks enabled schedules at their rate, `manual` leaves them to `trigger`. @default auto */
  readonly schedules?: 'auto' | 'manual';
  /** Instances at once of a function that reserves no concurrency. @default 10 */
  readonly maxInstances?: number;
  /** Variables for every function; those that its template sets win. */
  readonly functionVariables?: Readonly<Record<string, string>>;
  /** Takes what the functions write, line by line. @default it is dropped */
  readonly onLog?: (entry: { readonly functionName: string; readonly line: string }) => void;
  /** @default none */
  readonly faults?: LocalAwsFaults;
}

/**
 * A running host. Where a method takes a name, it takes the physical name, the ARN, a queue's URL,
 * the logical id, or the construct's path or the end of it (`Customers/Queue`).
 */
export interface LocalAws {
  /** The gateway's origin: what AWS_ENDPOINT_URL is to be. */
  readonly endpoint: string;
  /** The origin of the first HTTP API, where there is one. */
  readonly publicUrl: string | undefined;
  readonly region: string;
  /** What makes any AWS SDK, also in another process, talk to this host alone. */
  readonly environment: Readonly<Record<string, string>>;
  /** The outputs of each stack. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The resources of the templates that were left out. */
  readonly notRun: readonly NotRun[];
  queueDepth(queue: string): QueueDepth;
  /** The URL and depth of every queue, by physical name. */
  queues(): Readonly<Record<string, QueueDepth & { readonly url: string }>>;
  /** What each function did so far, by physical name. */
  functions(): Readonly<Record<string, FunctionStats>>;
  /** Calls a function with a JSON value and gives back what it returned or how it failed. */
  invoke(functionName: string, payload: unknown): Promise<InvocationResult>;
  /** Runs a schedule now, enabled or not. */
  trigger(schedule: string): Promise<InvocationResult>;
  /** Ends the instances of a function, or of all, wherever they are in their work. */
  killInstances(functionName?: string): void;
  /**
   * Waits until every queue with a consumer is empty, in flight and delayed messages included, and
   * no function runs.
   * @throws Error that says what is left when the time is up.
   */
  idle(options?: { readonly timeoutSeconds?: number }): Promise<void>;
  /** Ends functions, servers and timers; nothing of the host keeps the process alive. */
  close(): Promise<void>;
}
