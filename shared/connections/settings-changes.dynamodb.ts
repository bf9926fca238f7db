/** Changes to the settings of connections that leave what others change meanwhile alone. */
import { connectionKeys, sortKeys } from '../platform/contract/tables.ts';
import { queryItems } from '../platform/pages.dynamodb.ts';
import { type Key, keyOf } from '../platform/stored-item.dynamodb.ts';
import { deleteItem, type Table, updateIf } from '../platform/table.dynamodb.ts';
import type { ConnectionSettings } from './contract.ts';

export interface SettingsChanges {
  /** Sets these settings and no other; false where there is no such connection. */
  set(connectionId: string, settings: Partial<ConnectionSettings>): Promise<boolean>;
  /** Deletes the settings of a connection, and all else that is kept beside them. */
  remove(connectionId: string): Promise<void>;
}

/** Of the connections table. */
export const createSettingsChanges = (table: Table): SettingsChanges => ({
  async set(connectionId, settings) {
    const changes = Object.entries(settings).filter(([, value]) => value !== undefined);
    const changed = await updateIf(table, connectionKeys.settings(connectionId), {
      set: changes.map((_, index) => `#n${index} = :v${index}`).join(', '),
      when: 'attribute_exists(pk)',
      names: Object.fromEntries(changes.map(([name], index) => [`#n${index}`, name])),
      values: Object.fromEntries(changes.map(([, value], index) => [`:v${index}`, value])),
    });
    return changed !== undefined;
  },
  async remove(connectionId) {
    const partition = ['pk', connectionId] as const;
    const request = { partition, attributes: ['pk', 'sk'], consistent: true };
    const keys: Key[] = [];
    for await (const item of queryItems(table, request)) keys.push(keyOf(item));
    const isSettings = ({ sk }: Key) => sk === sortKeys.settings;
    // The settings go last: while they are there, the rest can be removed again.
    for (const key of keys.toSorted((a, b) => Number(isSettings(a)) - Number(isSettings(b))))
      await deleteItem(table, key);
  },
});
