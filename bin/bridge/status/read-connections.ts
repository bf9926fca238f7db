/** The connections, as `status` shows them. */

import { isRetired, retiresOn } from '../../../shared/klaviyo/index.ts';
import {
  createListPolledConnections,
  type ListedConnection,
} from '../../../shared/people/polled-connections.dynamodb.ts';
import { shownRevision, shownStatus } from '../connections/shown-settings.ts';
import { explainError } from '../explain-error.ts';
import type { OpenedStage } from '../open-stage.ts';
import type { Cell, Terminal } from '../terminal.ts';
import { shownDuration } from './duration.ts';

const toStatus = ({ settings, cursor }: ListedConnection, now: Date) => ({
  connectionId: settings.connectionId,
  status: settings.status,
  auth: settings.auth,
  accountId: settings.accountId ?? null,
  revision: settings.revision,
  retiresOn: retiresOn(settings.revision),
  isRetired: isRetired(settings.revision, now),
  polls: settings.poll.enabled && settings.status === 'connected',
  /** Changes in Klaviyo up to so long ago are published. */
  pollLagSeconds:
    cursor.watermarkMs === undefined
      ? null
      : Math.max(0, Math.round((now.getTime() - cursor.watermarkMs) / 1_000)),
  isScanning: cursor.begun !== undefined,
});

export type ConnectionStatus = ReturnType<typeof toStatus>;

export const readConnections = async (
  { clients, resources }: OpenedStage,
  terminal: Terminal,
  now: Date,
): Promise<ConnectionStatus[]> => {
  const list = createListPolledConnections({
    client: clients.dynamodb,
    tableName: resources.connectionsTable,
    onInvalid: (id, error) => terminal.note(`${id} is left out: ${explainError(error).line}`),
  });
  const all: ConnectionStatus[] = [];
  for await (const one of list()) all.push(toStatus(one, now));
  return all.toSorted((a, b) => a.connectionId.localeCompare(b.connectionId));
};

const shownLag = ({ status, polls, pollLagSeconds, isScanning }: ConnectionStatus): string => {
  if (status !== 'connected') return 'held';
  if (!polls) return 'off';
  const lag = pollLagSeconds === null ? 'not yet' : shownDuration(pollLagSeconds);
  return isScanning ? `${lag}, scanning` : lag;
};

export const connectionRow = (one: ConnectionStatus, now: Date): Cell[] => [
  one.connectionId,
  shownStatus(one),
  one.auth === 'oauth' ? 'OAuth' : 'key',
  one.accountId ?? '-',
  shownRevision(one.revision, now),
  shownLag(one),
];
