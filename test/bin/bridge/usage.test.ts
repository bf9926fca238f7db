import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { settingKeys } from '../../../bin/bridge/connections/setting-changes.ts';
import { createProgram } from '../../../bin/bridge/program.ts';
import { runBridge } from '../../support/bridge-command.ts';
import { commandLinesIn, leavesOf, misuseOf } from '../../support/bridge-command-lines.ts';

const pathOf = (command: Command): string[] =>
  command.parent === null ? [command.name()] : [...pathOf(command.parent), command.name()];

const helpOf = (command: Command): string => {
  let help = '';
  command.configureOutput({
    writeOut: (text) => {
      help += text;
    },
  });
  command.outputHelp();
  return help;
};

test('every command has an example of its own in its help, which is no misuse', async () => {
  const commands = leavesOf(createProgram());
  expect(commands.map((command) => command.name())).toContain('redrive');
  for (const command of commands) {
    const words = pathOf(command);
    const [, examples = ''] = helpOf(command).split('For example:\n');
    const lines = commandLinesIn(examples.split('\n'), /^ *bridge(?=\s)/);
    expect(lines.join('\n'), words.join(' ')).toContain(words.slice(1).join(' '));
    for (const line of lines) expect([line, await misuseOf(line)]).toEqual([line, undefined]);
  }
});

test('every command refuses options that it does not have, and misses the arguments it needs', async () => {
  for (const command of leavesOf(createProgram())) {
    const needed = command.options.filter(({ mandatory }) => mandatory);
    const given = needed.map(({ long }) => `${long} acme`);
    const words = [...pathOf(command).slice(1), ...given].join(' ');
    expect(await misuseOf(`${words} --no-such-option`), words).toContain('unknown option');
    if (command.registeredArguments.some(({ required }) => required))
      expect(await misuseOf(words), words).toContain('missing required argument');
  }
});

test('every setting of a connection is explained', () => {
  const set = leavesOf(createProgram()).find((command) => command.name() === 'set');
  if (set === undefined) throw new Error('there is no command set');
  expect(settingKeys).toContain('poll.autoLink');
  for (const key of settingKeys) expect(helpOf(set)).toMatch(new RegExp(`^  ${key} +\\w`, 'm'));
});

test('help goes to standard output, and says what exit codes mean', async () => {
  const { exitCode, stdout, stderr } = await runBridge(['--help']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain('Exit codes: 0 done, 1');
});

describe('a wrong command line is one line, exit code 2, and nothing is done', () => {
  test.concurrent.each([
    [
      ['conections'],
      "unknown command 'conections' (Did you mean connections?); see `bridge --help`",
    ],
    [['status', '--colour'], "unknown option '--colour'; see `bridge status --help`"],
    [['connections', 'add'], "missing required argument 'id'; see `bridge connections add --help`"],
    [['connections', 'show', 'a b'], 'must be 1 to 64 characters of A-Z'],
    [['connections', 'set', 'acme', 'colour=red'], 'no setting is called colour; there are apiUrl'],
    [['connections', 'add', 'acme', '--oauth', '--private-key-stdin'], 'either --oauth or'],
    [
      ['connections', 'add', 'acme', '--revision', '2098-01-15'],
      'revision 2098-01-15 is a day to come: name one that is released',
    ],
    [['load', 'customers', 'x.csv'], "required option '--connection <id>' not specified"],
    [['dead-letters', 'list', '--since', 'today'], 'must be a time such as'],
    [['dead-letters', 'list', '--reason', 'tired'], 'is invalid: must be one of invalid_json, '],
    [['dead-letters', 'show', '--body', '--json'], 'it is either --body, which prints JSON Lines'],
    [['dead-letters', 'drop'], 'that would be all dead letters: narrow them down, or add --all'],
    [['send', 'a', 'b'], 'too many arguments'],
    [['status', '--stage', 'a b'], 'must be a name such as prod'],
  ])('bridge %j', async (words, line) => {
    const { exitCode, stdout, stderr } = await runBridge(words);
    expect(stderr).toMatch(/^bridge: [^\n]+\n$/);
    expect(stderr).toContain(line);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  });
});

describe('a secret in the wrong place is not repeated', () => {
  test.concurrent.each([
    [['connections', 'add', 'acme', 'pk_canary']],
    [['connections', 'add', 'acme', '--private-key', 'pk_canary']],
    [['connections', 'add', 'acme', '--private-key=pk_canary']],
    [['connections', 'set', 'acme', 'privateKey=pk_canary']],
    [['oauth-app', 'set', 'id', 'the-canary']],
  ])('bridge %j', async (words) => {
    const { exitCode, stdout, stderr } = await runBridge(words);
    expect(exitCode).toBe(2);
    expect(stdout + stderr).not.toContain('canary');
  });
});

describe('AWS out of reach is one line that says what to do, exit code 1', () => {
  const region = { AWS_REGION: 'eu-west-1' };
  test.concurrent.each([
    ['no region', {}, 'no AWS region is set: add --region <region>, or set AWS_REGION'],
    ['no credentials', region, 'no AWS credentials were found: log in, and name the profile'],
    [
      'an unknown profile',
      { ...region, AWS_PROFILE: 'nobody' },
      'the AWS profile nobody gives no credentials',
    ],
    [
      'an endpoint that is none',
      { ...region, AWS_ENDPOINT_URL: 'localhost:4566' },
      'AWS_ENDPOINT_URL is no address, such as https://…: localhost:4566',
    ],
    [
      'nothing at the endpoint',
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
      'nothing answers at http://127.0.0.1:9, which AWS_ENDPOINT_URL names: is it running?',
    ],
  ])('%s', async (_, environment, line) => {
    const { exitCode, stdout, stderr } = await runBridge(['status'], { environment });
    expect(stderr).toMatch(/^bridge: [^\n]+\n$/);
    expect(stderr).toContain(line);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  });
});

test('Ctrl-C while it reads ends a command in order, with nothing left behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'interrupted-'));
  const controller = new AbortController();
  const sending = runBridge(['send', '-'], {
    environment: { TMPDIR: folder },
    signal: controller.signal,
    keepsWriting: true,
  });
  const spooled = () => readdirSync(folder).filter((name) => name.startsWith('klaviyo-bridge-'));
  await expect.poll(spooled, { timeout: 10_000 }).toHaveLength(1);
  controller.abort();
  const { exitCode, stderr } = await sending;
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: 'bridge: interrupted: nothing was sent\n',
  });
  expect(spooled()).toEqual([]);
  rmSync(folder, { recursive: true });
});

test('a reader that has seen enough ends a command in peace', async () => {
  const { exitCode, stderr } = await runBridge(['--help'], { readsNothing: true });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
});
