/** A shell that runs one command after the other, as a person types them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ShellOutcome {
  readonly exitCode: number;
  /** Standard output and standard error, as a terminal shows them. */
  readonly printed: string;
}

export interface Shell {
  run(command: string): Promise<ShellOutcome>;
  close(): Promise<void>;
}

/** Nothing that a machine's owner, or whoever runs the tests, has set for AWS, npm or Klaviyo. */
export const plainEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(AWS_|KLAVIYO_|BRIDGE_|NODE_|npm_|VITEST|FORCE_COLOR|INIT_CWD)/.test(name),
    ),
  );

/** In single quotes, for a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Starts bash in a folder. Commands find nothing on standard input but what they bring themselves. */
export const startShell = (folder: string): Shell => {
  const end = '== end of command ==';
  const child = spawn('bash', ['--noprofile', '--norc'], {
    cwd: folder,
    env: plainEnvironment(),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let printed = '';
  let onPrinted = () => {};
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
    onPrinted();
  });
  const ended = once(child, 'close').then(() => {
    throw new Error(`the shell has ended after ${JSON.stringify(printed)}`);
  });
  ended.catch(() => {}); // told to whoever waits for a command then
  child.stdin.write('exec 2>&1\n');

  const untilEnd = () =>
    new Promise<ShellOutcome>((resolve) => {
      onPrinted = () => {
        const [all, before = '', code] =
          new RegExp(`^(.*)${end}(\\d+)\n$`, 's').exec(printed) ?? [];
        if (all === undefined) return;
        printed = '';
        resolve({ printed: before, exitCode: Number(code) });
      };
      onPrinted();
    });
  return {
    run: (command) => {
      child.stdin.write(`eval ${quoted(command)} < /dev/null\nprintf '%s%d\\n' '${end}' $?\n`);
      return Promise.race([untilEnd(), ended]);
    },
    close: async () => {
      child.stdin.end();
      await ended.catch(() => {});
    },
  };
};
