/** `bridge connections …`: which Klaviyo accounts there are, and how each is worked with. */
import type { Command } from 'commander';
import { helpRows, parseConnectionId, repeated, runs, subcommand, yesOption } from '../command.ts';
import { parseSettingChange, settingKeys } from './setting-changes.ts';

/** What each setting does, with its values and the bridge's own default. */
const meanings: Readonly<Record<string, string>> = {
  apiUrl: "another API than Klaviyo's, where the stage allows it",
  revision: "Klaviyo's API revision (2023-10-15)",
  'throttle.share': "the part of Klaviyo's limits to use, above 0 and up to 1 (1)",
  'throttle.maxInFlight': 'calls at once, in each function instance (no cap)',
  generateEvents: 'true or false; false: transactions are counted, and not sent (true)',
  confirmEvents: 'true or false; true: each event is looked up in Klaviyo later (false)',
  'poll.enabled': 'true or false: whether changed profiles are looked for (true)',
  'poll.everySeconds': 'least time between two scans, 60 to 86,400 (60)',
  'poll.startFrom': 'where the first scan starts: now, beginning, or a time (now)',
  'poll.overlapSeconds': 'how far back a scan looks for what Klaviyo shows late, 0 to 3,600 (60)',
  'poll.autoLink': 'true or false; true: who is found by e-mail or phone is linked at once (false)',
};

const shown = Object.fromEntries(settingKeys.map((key) => [key, meanings[key] ?? '']));
const settingsHelp = `\nSettings:\n${helpRows(shown)}\nA setting without a value goes back to its default: the stage's, where it was deployed with\n-c connectionDefaults=…, else the bridge's own. A change holds everywhere within half a minute.\n`;

const addAdding = (connections: Command): void => {
  const add = subcommand(
    connections,
    'add',
    'add a connection: by private key, which is checked with Klaviyo, or for OAuth',
    [
      'bridge connections add acme                                # asks for the key',
      'bridge connections add acme --private-key-stdin < key.txt',
      'bridge connections add acme --oauth && bridge connect acme',
      'bridge connections add acme --throttle-share 0.5 --set poll.startFrom=beginning',
    ],
  )
    .argument('<id>', 'the id that jobs will name: A-Z, a-z, 0-9, _ and -', parseConnectionId)
    .option('--private-key-stdin', 'read the private key from standard input')
    .option('--oauth', 'no key: a person will connect it by the link of `bridge connect`')
    .option('--revision <date>', "Klaviyo's API revision")
    .option('--api-url <url>', "another API than Klaviyo's, where the stage allows it")
    .option('--throttle-share <share>', "the part of Klaviyo's limits to use, above 0 and up to 1")
    .option('--max-in-flight <calls>', 'calls at once, in each function instance')
    .option('--set <key=value>', 'any other setting', repeated(parseSettingChange))
    .addHelpText('after', settingsHelp);
  runs(add, async () => (await import('./add-connection.ts')).addConnection);

  const setKey = subcommand(
    connections,
    'set-key',
    'replace the private key of a connection, by another of the same account',
    ['bridge connections set-key acme --private-key-stdin < key.txt'],
  )
    .argument('<id>', 'the connection', parseConnectionId)
    .option('--private-key-stdin', 'read the private key from standard input');
  runs(setKey, async () => (await import('./set-key.ts')).setKey);
};

const addShowing = (connections: Command): void => {
  const list = subcommand(connections, 'list', 'list all connections', ['bridge connections list']);
  runs(list, async () => (await import('./list-connections.ts')).listConnections);

  const show = subcommand(connections, 'show', 'show all settings of a connection', [
    'bridge connections show acme --json',
  ]).argument('<id>', 'the connection', parseConnectionId);
  runs(show, async () => (await import('./show-connection.ts')).showConnection);
};

const addChanging = (connections: Command): void => {
  const set = subcommand(connections, 'set', 'change settings of a connection', [
    'bridge connections set acme revision=2026-01-15 throttle.share=0.5',
    'bridge connections set acme throttle.maxInFlight=',
  ])
    .argument('<id>', 'the connection', parseConnectionId)
    .argument('<key=value...>', 'what to change', repeated(parseSettingChange))
    .addHelpText('after', settingsHelp);
  runs(set, async () => (await import('./set-settings.ts')).setSettings);

  const pause = subcommand(connections, 'pause', 'hold the jobs of a connection in their queues', [
    'bridge connections pause acme',
  ]).argument('<id>', 'the connection', parseConnectionId);
  runs(pause, async () => (await import('./set-status.ts')).pauseConnection);

  const resume = subcommand(connections, 'resume', 'let the jobs of a connection flow again', [
    'bridge connections resume acme',
  ]).argument('<id>', 'the connection', parseConnectionId);
  runs(resume, async () => (await import('./set-status.ts')).resumeConnection);

  const remove = subcommand(
    connections,
    'remove',
    'remove a connection with its credentials; an OAuth grant is revoked first',
    ['bridge connections remove acme --yes'],
  )
    .argument('<id>', 'the connection', parseConnectionId)
    .option(
      '--keep-grant',
      "leave the OAuth grant at Klaviyo alone, as where Klaviyo can't be reached",
    )
    .addOption(yesOption());
  runs(remove, async () => (await import('./remove-connection.ts')).removeConnection);
};

export const addConnectionsCommands = (program: Command): void => {
  const connections = program
    .command('connections')
    .description('the Klaviyo accounts that are connected');
  addAdding(connections);
  addShowing(connections);
  addChanging(connections);
};
