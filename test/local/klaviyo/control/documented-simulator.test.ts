/** docs/simulator.md, held against a simulator that runs. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  renewSimulatorPage,
  simulatorSchemaFiles,
} from '../../../../bin/docs/simulator-reference.ts';
import { findRoute } from '../../../../local/aws/http-api/route-matching.ts';
import { operations } from '../../../../local/klaviyo/control/operations.ts';
import { settings } from '../../../../local/klaviyo/control/shapes/settings-shapes.ts';
import { compared, shownCommands } from '../../../support/console-blocks.ts';
import { plainEnvironment, startShell } from '../../../support/shell.ts';
import { startSimulatorProcess } from './simulator-process.ts';

const docs = join(import.meta.dirname, '../../../../docs');
const page = readFileSync(join(docs, 'simulator.md'), 'utf8');
const documentedUrl = 'http://127.0.0.1:8060';

const blockOf = (language: string, holding: string): string => {
  const blocks = [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))];
  const found = blocks.find(([, text = '']) => text.includes(holding));
  if (found?.[1] === undefined) throw new Error(`docs/simulator.md shows no ${holding}`);
  return found[1];
};

const has = (program: string): boolean => spawnSync(program, ['--version']).status === 0;
const lacks = (program: string): boolean => {
  if (has(program)) return false;
  console.warn(`skipped: ${program} is not on this machine`);
  return true;
};

const folderFor = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
};

test('docs/simulator.md and its schemas are as `npm run docs` writes them', () => {
  expect(renewSimulatorPage(page)).toBe(page);
  const schemas = join(docs, 'schemas/simulator');
  const found = readdirSync(schemas).map(
    (name) => [name, readFileSync(join(schemas, name), 'utf8')] as const,
  );
  expect(new Map(found)).toEqual(new Map(simulatorSchemaFiles()));
});

test('it prints what the page says', async () => {
  const { url, printed } = await startSimulatorProcess();
  const shown = blockOf('text', 'klaviyo-simulator 0.1.0 at');
  expect(printed.replaceAll(url, documentedUrl)).toBe(shown);
});

test('the settings of the page are good ones, and serve', async () => {
  const text = blockOf('json', '"privateKeys"');
  expect(settings.safeParse(JSON.parse(text)).error).toBeUndefined();
  const file = join(folderFor(), 'settings.json');
  writeFileSync(file, text);
  const { url } = await startSimulatorProcess(['--settings', file]);
  const headers = { authorization: 'Klaviyo-API-Key pk_reader', revision: '2026-07-15' };
  const answer = await fetch(`${url}/api/profiles`, { headers });
  expect(await answer.json()).toMatchObject({
    data: [{ attributes: { email: 'ann@example.com' } }],
  });
  expect((await fetch(`${url}/api/lists`, { headers })).status).toBe(403);
});

describe.skipIf(lacks('curl'))('its commands', () => {
  const commands = shownCommands(page);

  test('print what is shown', async () => {
    const clock = ['--clock', '2026-11-28T10:00:00Z', '--clock-stands'];
    expect(page).toContain(clock.join(' '));
    const { url } = await startSimulatorProcess(clock);
    const shell = startShell(folderFor());
    onTestFinished(shell.close);
    for (const shown of commands) {
      const command = shown.command.replaceAll(documentedUrl, url);
      const { printed } = await shell.run(command);
      const outcome = compared(printed.replaceAll(url, documentedUrl), shown);
      expect(outcome.printed, shown.command).toBe(outcome.shown);
    }
  }, 90_000);

  test('use every operation of the interface', () => {
    const used = commands.flatMap(({ command }) => {
      const address = /\$(at|shop)(\/[\w/-]*)?/.exec(command);
      if (!address || !command.startsWith('curl')) return [];
      const [, name, rest = ''] = address;
      const path = `/simulator${name === 'shop' ? '/accounts/SimShp' : ''}${rest}`;
      const method = /-sX (\w+)/.exec(command)?.[1] ?? (/ -d /.test(command) ? 'POST' : 'GET');
      return findRoute(operations, method, path)?.route.name ?? [];
    });
    const unused = operations.filter(({ name }) => !used.includes(name));
    expect(unused.map(({ key }) => key)).toEqual([]);
  });
});

describe.skipIf(lacks('python3'))('its test in Python', () => {
  test('passes against the simulator, and fails without it', async () => {
    const { url } = await startSimulatorProcess();
    const file = join(folderFor(), 'test_profiles.py');
    writeFileSync(file, blockOf('python', 'import unittest'));
    const run = (simulatorUrl: string) =>
      spawnSync('python3', [file], {
        encoding: 'utf8',
        env: { ...plainEnvironment(), SIMULATOR_URL: simulatorUrl },
      });
    const passed = run(url);
    expect(passed.stderr).toMatch(/Ran 2 tests .*\n\nOK\n/);
    expect(passed.status).toBe(0);
    expect(run('http://127.0.0.1:9').status).toBe(1);
  }, 90_000);
});
