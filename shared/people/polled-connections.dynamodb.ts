/** All connections with the places of their polls: both lie in one partition of one table. */
import {
  type ConnectionSettings,
  connectionSettings,
  memoryKeyOf,
} from '../connections/contract.ts';
import { connectionKeys, sortKeys } from '../platform/contract/tables.ts';
import { scanItems } from '../platform/pages.dynamodb.ts';
import { keyOf, parseItem, type StoredItem } from '../platform/stored-item.dynamodb.ts';
import type { Table } from '../platform/table.dynamodb.ts';
import { type PollCursor, pollCursor } from './contract/poll-cursor.ts';

export interface ListedConnection {
  readonly settings: ConnectionSettings;
  /** Without anything in it where the connection was never polled. */
  readonly cursor: PollCursor;
}

/** The connections table. */
export interface ListPolledConnectionsOptions extends Table {
  /** Told of a connection whose stored items do not parse: it is left out. */
  readonly onInvalid: (connectionId: string, error: unknown) => void;
}

const settingsAndCursors = {
  filter: 'begins_with(sk, :cursor) OR sk = :settings',
  values: { ':cursor': sortKeys.cursors, ':settings': sortKeys.settings },
};

/** Reads no item one by one: a thousand connections are a request or two. */
export const createListPolledConnections = ({
  onInvalid,
  ...table
}: ListPolledConnectionsOptions) =>
  async function* (): AsyncGenerator<ListedConnection, void, void> {
    let cursors: { readonly pk: string; readonly sk: string | undefined; item: StoredItem }[] = [];
    for await (const item of scanItems(table, settingsAndCursors)) {
      const { pk: connectionId, sk } = keyOf(item);
      // Within a partition items come by sort key: cursors before `settings`.
      if (sk !== sortKeys.settings) {
        cursors = cursors.filter(({ pk }) => pk === connectionId);
        cursors.push({ pk: connectionId, sk, item });
        continue;
      }
      try {
        const settings = parseItem(
          connectionSettings,
          item,
          `the stored connection ${connectionId}`,
        );
        const place = connectionKeys.cursor(memoryKeyOf(settings));
        const cursor = cursors.find(({ pk, sk }) => pk === place.pk && sk === place.sk)?.item ?? {};
        yield {
          settings,
          cursor: parseItem(pollCursor, cursor, `the stored cursor of ${connectionId}`),
        };
      } catch (error) {
        onInvalid(connectionId, error);
      }
    }
  };
