/** What README.md promises to a newcomer, done literally: `npm start`, then the tour. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localHost, localHostFile } from '../../shared/platform/contract/local-host.ts';
import { compared, type ShownCommand, shownCommands } from '../support/console-blocks.ts';
import { plainEnvironment, type Shell, startShell } from '../support/shell.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const [install, ...tour] = shownCommands(readFileSync(join(project, 'README.md'), 'utf8'));

/** What runs on a newcomer's machine; the packages are those that are installed already. */
const copied = ['bin', 'functions', 'lib', 'local', 'shared', 'cdk.json', 'package.json'];

const folder = mkdtempSync(join(tmpdir(), 'newcomer-'));
let shell: Shell;
let host: ReturnType<typeof start>;

/** `npm start` in a terminal of its own. */
const start = () => {
  const child = spawn('npm', ['start'], {
    cwd: folder,
    env: plainEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a process group, for Ctrl-C goes to all of it
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  const ended = once(child, 'close');
  return {
    printed: () => printed,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    async pressCtrlC() {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
      await ended;
    },
  };
};

beforeAll(() => {
  for (const name of copied) cpSync(join(project, name), join(folder, name), { recursive: true });
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'));
  shell = startShell(folder);
  host = start();
});

afterAll(async () => {
  await shell.close();
  if (host.isRunning()) await host.pressCtrlC();
  rmSync(folder, { recursive: true });
});

const expectShown = (printed: string, shown: ShownCommand): void => {
  const { printed: actual, shown: expected } = compared(printed, shown);
  expect(actual).toBe(expected);
};

/** Reads until what is read is what the page shows; `read` may throw to end it. */
const untilShown = async (read: () => Promise<string>, shown: ShownCommand, withinMs: number) => {
  const untilMs = Date.now() + withinMs;
  let printed = await read();
  for (;;) {
    const { printed: actual, shown: expected } = compared(printed, shown);
    if (actual === expected || Date.now() > untilMs) return printed;
    await sleep(250);
    printed = await read();
  }
};

test('npm start ends with the table that the page shows, and stays up', async () => {
  expect(install?.command).toBe('npm ci && npm start');
  if (install === undefined) return;
  const read = async () => {
    if (!host.isRunning()) throw new Error(`npm start has ended: ${host.printed()}`);
    return host.printed();
  };
  expectShown(await untilShown(read, install, 120_000), install);
});

/** What only looks may be repeated, as the page says, until jobs under way have come to their end. */
const looks = /^bridge (status|dead-letters list)\b/;

/** A command that could not do it says so on its last line. */
const exitCodeOf = ({ output }: ShownCommand): number =>
  output.at(-1)?.startsWith('bridge: ') === true ? 1 : 0;

test.each(tour)('$command', async (shown) => {
  const exitCode = exitCodeOf(shown);
  const run = async () => {
    const outcome = await shell.run(shown.command);
    expect(outcome).toMatchObject({ exitCode });
    return outcome.printed;
  };
  const printed = looks.test(shown.command) ? await untilShown(run, shown, 60_000) : await run();
  expectShown(printed, shown);
});

test('the tour connects, sends a file with five broken lines, redrives, and ends at zero', () => {
  const commands = tour.map(({ command }) => command).join('\n');
  for (const words of ['connections add', 'send jobs.jsonl', 'status', 'dead-letters redrive'])
    expect(commands).toContain(`bridge ${words}`);
});

test('everything has arrived in the simulated Klaviyo', async () => {
  const { klaviyoUrl = '' } = localHost.parse(
    JSON.parse(readFileSync(join(folder, localHostFile), 'utf8')),
  );
  const answer = await fetch(klaviyoUrl, { headers: { accept: 'application/json' } });
  const { accounts } = (await answer.json()) as { accounts: { name: string }[] };
  expect(accounts).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: 'Acme', profiles: 500, events: 10_000 }),
      expect.objectContaining({ name: 'Acme Outlet', profiles: 25 }),
    ]),
  );
});

test('Ctrl-C ends npm start, and the command says so', async () => {
  await host.pressCtrlC();
  const { printed, exitCode } = await shell.run('bridge status');
  expect(printed).toContain('stage local is what `npm start` runs on this machine');
  expect(exitCode).toBe(1);
});
