#!/usr/bin/env node
/** `npx klaviyo-simulator`, `npm run simulator`: a Klaviyo for anybody's tests. */
import { CommanderError } from 'commander';
import { isLoopback } from './klaviyo/access.ts';
import { ApiError } from './klaviyo/api-error.ts';
import { announcement, announcementLine, warning } from './klaviyo/command/announcement.ts';
import { type CommandOptions, parseCommandLine } from './klaviyo/command/command-options.ts';
import { readSettings, StartFailure } from './klaviyo/command/read-settings.ts';
import { toSimulatorOptions } from './klaviyo/control/shapes/settings-shapes.ts';
import { startKlaviyoSimulator } from './klaviyo/simulator.ts';

const accountByDefault = {
  id: 'SimShp',
  name: 'Simulated Shop',
  privateKeys: [{ key: 'pk_simulated' }],
  lists: [{ id: 'NewsLt', name: 'Newsletter' }],
};

const serve = async (options: CommandOptions): Promise<void> => {
  const { port, host, seed, clock, clockStands = false, json = false } = options;
  const settings = options.settings === undefined ? {} : readSettings(options.settings);
  const simulator = await startKlaviyoSimulator({
    accounts: [accountByDefault],
    ...toSimulatorOptions(settings),
    ...{ port, seed, ...(host !== undefined && { host }) },
    clock: { runs: !clockStands, ...(clock !== undefined && { startsAtMs: clock }) },
  });
  if (host !== undefined && !isLoopback(host)) console.error(warning);
  console.log((json ? announcementLine : announcement)(simulator));
  await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
  await simulator.close();
};

const reasonOf = (error: unknown, { port }: CommandOptions): string => {
  if (error instanceof StartFailure) return error.message;
  if (error instanceof ApiError) return `the settings: ${error.problems[0]?.detail}`;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return `port ${port} is taken: choose another with --port`;
  if (code === 'EACCES') return `port ${port} is not allowed: choose another with --port`;
  throw error;
};

const main = async (): Promise<number> => {
  let options: CommandOptions;
  try {
    options = parseCommandLine(process.argv.slice(2));
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // it has said why
    throw error;
  }
  try {
    await serve(options);
    return 0;
  } catch (error) {
    console.error(`klaviyo-simulator: ${reasonOf(error, options)}`);
    return 1;
  }
};

process.exitCode = await main();
