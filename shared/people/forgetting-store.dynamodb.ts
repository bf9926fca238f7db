/** Accounts that are being forgotten: what is asked for, and how far it is done. */
import { deleteItems } from '../platform/batch-requests.dynamodb.ts';
import { connectionKeys, forgettingPartition } from '../platform/contract/tables.ts';
import { queryItems, scanPage } from '../platform/pages.dynamodb.ts';
import { keyOf, parseItem } from '../platform/stored-item.dynamodb.ts';
import { deleteItem, putItem, type Table, updateIf } from '../platform/table.dynamodb.ts';
import { type Forgetting, type ForgettingStore, forgetting } from './contract/forgetting.ts';

export const createForgettingStore = ({
  client,
  connectionsTable,
  linksTable,
  now = Date.now,
}: {
  readonly client: Table['client'];
  readonly connectionsTable: string;
  readonly linksTable: string;
  readonly now?: () => number;
}): ForgettingStore => {
  const connections = { client, tableName: connectionsTable };
  const links = { client, tableName: linksTable };

  /** Saves how far it is done, where it is still asked for. */
  const goOn = async (
    { memoryKey, askedAtMs }: Forgetting,
    forgotten: number,
    after: string,
  ): Promise<Forgetting | undefined> => {
    const saved = await updateIf(connections, connectionKeys.forgetting(memoryKey), {
      set: '#after = :after, forgotten = :forgotten',
      when: 'askedAtMs = :asked',
      names: { '#after': 'after' },
      values: { ':after': after, ':forgotten': forgotten, ':asked': askedAtMs },
    });
    return saved && { memoryKey, askedAtMs, forgotten, after };
  };

  const cancel = async (memoryKey: string): Promise<void> => {
    await deleteItem(connections, connectionKeys.forgetting(memoryKey));
  };

  return {
    async ask(memoryKey) {
      const item = { ...connectionKeys.forgetting(memoryKey), memoryKey, askedAtMs: now() };
      await putItem(connections, item);
    },

    cancel,

    async list() {
      const all: Forgetting[] = [];
      const partition = ['pk', forgettingPartition] as const;
      for await (const item of queryItems(connections, { partition }))
        all.push(parseItem(forgetting, item, 'the stored wish to forget an account'));
      return all;
    },

    async forgetPage(one) {
      const ofAccount = {
        filter: 'begins_with(pk, :prefix)',
        values: { ':prefix': `${one.memoryKey}#` },
        attributes: ['pk'],
      };
      const after = one.after === undefined ? undefined : { pk: one.after };
      const { items, last } = await scanPage(links, ofAccount, after);
      await deleteItems(links, items.map(keyOf));
      const next = await goOn(one, one.forgotten + items.length, last?.pk ?? '');
      if (next === undefined || last !== undefined) return next;
      await cancel(one.memoryKey);
      return undefined;
    },
  };
};
