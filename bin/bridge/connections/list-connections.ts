/** `bridge connections list`. */

import type { ConnectionSettings } from '../../../shared/connections/contract.ts';
import { createListPolledConnections } from '../../../shared/people/polled-connections.dynamodb.ts';
import type { Call } from '../command.ts';
import { explainError } from '../explain-error.ts';
import { openStage } from '../open-stage.ts';
import { shownRevision, shownStatus } from './shown-settings.ts';

export const listConnections = async ({ options, terminal }: Call) => {
  const { clients, resources } = await openStage(options);
  const list = createListPolledConnections({
    client: clients.dynamodb,
    tableName: resources.connectionsTable,
    onInvalid: (id, error) => terminal.note(`${id} is left out: ${explainError(error).line}`),
  });
  const all: ConnectionSettings[] = [];
  for await (const { settings } of list()) all.push(settings);
  all.sort((a, b) => a.connectionId.localeCompare(b.connectionId));
  terminal.result(all, () => {
    if (all.length === 0) {
      terminal.line(
        `no connections on stage ${options.stage}: see \`bridge connections add --help\``,
      );
      return;
    }
    const now = new Date();
    terminal.table(
      ['connection', 'status', 'auth', 'account', 'revision', 'share', 'events', 'poll'],
      all.map((settings) => [
        settings.connectionId,
        shownStatus(settings),
        settings.auth === 'oauth' ? 'OAuth' : 'key',
        settings.accountId ?? '-',
        shownRevision(settings.revision, now),
        String(settings.throttle.share),
        settings.generateEvents ? 'on' : 'off',
        settings.poll.enabled ? `${settings.poll.everySeconds} s` : 'off',
      ]),
    );
  });
};
