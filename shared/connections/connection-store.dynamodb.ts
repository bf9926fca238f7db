/** The settings of connections in DynamoDB: one item for each. */
import { isAllowedUrl } from '../klaviyo/index.ts';
import { connectionKeys, sortKeys } from '../platform/contract/tables.ts';
import { scanItems } from '../platform/pages.dynamodb.ts';
import { keyOf, parseItem, type StoredItem } from '../platform/stored-item.dynamodb.ts';
import { deleteItem, putItem, readItem, type Table, updateIf } from '../platform/table.dynamodb.ts';
import { type ConnectionSettings, connectionSettings } from './contract.ts';

const settingsOf = (item: StoredItem): ConnectionSettings =>
  parseItem(connectionSettings, item, `the stored connection ${keyOf(item).pk}`);

export interface ConnectionStore {
  read(connectionId: string): Promise<ConnectionSettings | undefined>;
  /** All of them, page by page. */
  list(): AsyncGenerator<ConnectionSettings, void, void>;
  /** @throws Error when the API URL is not Klaviyo's, on a stage that allows no other. */
  write(settings: ConnectionSettings): Promise<void>;
  /** Changes the status of a connection that exists; nothing otherwise. */
  setStatus(connectionId: string, status: ConnectionSettings['status']): Promise<void>;
  /** Holds a connection whose jobs flow until it is connected again; a paused one stays paused. */
  requireAuthorisation(connectionId: string): Promise<void>;
  remove(connectionId: string): Promise<void>;
}

export const createConnectionStore = ({
  allowAnyApiUrl,
  ...table
}: Table & {
  /** The stage's `ALLOW_ANY_API_URL`: credentials go wherever the settings say. */
  readonly allowAnyApiUrl: boolean;
}): ConnectionStore => {
  /** Sets the status where the condition holds. */
  const change = async (
    connectionId: string,
    condition: string,
    values: Readonly<Record<string, ConnectionSettings['status']>>,
  ): Promise<void> => {
    await updateIf(table, connectionKeys.settings(connectionId), {
      set: '#status = :status',
      when: condition,
      names: { '#status': 'status' },
      values,
    });
  };

  return {
    async read(connectionId) {
      const item = await readItem(table, connectionKeys.settings(connectionId));
      return item && settingsOf(item);
    },
    async *list() {
      const values = { ':settings': sortKeys.settings };
      for await (const item of scanItems(table, { filter: 'sk = :settings', values }))
        yield settingsOf(item);
    },
    async write(settings) {
      if (!isAllowedUrl(settings.apiUrl, allowAnyApiUrl))
        throw new Error(`the API URL of connection ${settings.connectionId} is not Klaviyo's`);
      await putItem(table, { ...connectionKeys.settings(settings.connectionId), ...settings });
    },
    setStatus: (connectionId, status) =>
      change(connectionId, 'attribute_exists(pk)', { ':status': status }),
    requireAuthorisation: (connectionId) =>
      change(connectionId, '#status = :connected', {
        ':status': 'needs_authorisation',
        ':connected': 'connected',
      }),
    async remove(connectionId) {
      await deleteItem(table, connectionKeys.settings(connectionId));
    },
  };
};
