/** Processes of a benchmark that answer one message at a time, and end with it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Child<First> extends Disposable {
  /** What it said when it was ready. */
  readonly first: First;
  /** Sends a message; resolves to the answer. @throws Error when the process ends instead */
  ask<T>(): Promise<T>;
}

const next = async (child: ChildProcess, file: string): Promise<unknown> => {
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${file} has died`);
  });
  const [message] = await Promise.race([once(child, 'message'), ended]);
  return message;
};

/** Starts a file beside this one, with its options as JSON, and flags for Node.js. */
export const startChild = async <First>(
  file: string,
  options: unknown,
  execArgv: readonly string[] = [],
): Promise<Child<First>> => {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, [JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 2, 'ipc'],
    execArgv: [...execArgv],
  });
  return {
    first: (await next(child, file)) as First,
    async ask<T>() {
      const answer = next(child, file);
      child.send('go');
      return (await answer) as T;
    },
    [Symbol.dispose]() {
      child.kill();
    },
  };
};
