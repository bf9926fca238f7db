/** The names of an account's lists, kept beside the connection's settings. */
import { connectionKeys } from '../platform/contract/tables.ts';
import { parseItem } from '../platform/stored-item.dynamodb.ts';
import { putItem, readItem, type Table } from '../platform/table.dynamodb.ts';
import { type CachedLists, cachedLists } from './contract/list-decisions.ts';

export interface ListStore {
  read(memoryKey: string): Promise<CachedLists | undefined>;
  write(memoryKey: string, lists: CachedLists): Promise<void>;
}

/** In the connections table. */
export const createListStore = (table: Table): ListStore => ({
  async read(memoryKey) {
    const item = await readItem(table, connectionKeys.lists(memoryKey));
    return item && parseItem(cachedLists, item, `the stored names of lists of ${memoryKey}`);
  },
  async write(memoryKey, lists) {
    await putItem(table, { ...connectionKeys.lists(memoryKey), ...lists });
  },
});
