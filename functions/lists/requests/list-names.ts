/** The names of an account's lists: asked of Klaviyo now and then, remembered in between. */
import { memoryKeyOf } from '../../../shared/connections/contract.ts';
import type { Connection } from '../../../shared/connections/find-connection.ts';
import { type CallOptions, endpoints, type KlaviyoClient } from '../../../shared/klaviyo/index.ts';
import type { CachedLists } from '../../../shared/people/contract/list-decisions.ts';

/** Where the names are kept for all instances, by `memoryKeyOf(settings)`. */
export interface ListStore {
  read(memoryKey: string): Promise<CachedLists | undefined>;
  write(memoryKey: string, lists: CachedLists): Promise<void>;
}

export interface ListNames {
  /** What is known without asking Klaviyo, as long as it is recent. */
  recall(memoryKey: string): Promise<CachedLists | undefined>;
  /** Asks Klaviyo for all lists, page by page, and remembers them. */
  ask(connection: Connection, options: CallOptions): Promise<CachedLists>;
  /** Klaviyo does not know this list: its name has to be asked for again. */
  forget(memoryKey: string, listId: string): Promise<void>;
}

/** Lists are renamed now and then. */
const keptForMs = 3_600_000;

export const createListNames = ({
  klaviyo,
  store,
  now,
}: {
  readonly klaviyo: KlaviyoClient;
  readonly store: ListStore;
  readonly now: () => number;
}): ListNames => {
  const kept = new Map<string, CachedLists>();
  const recent = (lists: CachedLists | undefined) =>
    lists !== undefined && lists.readAtMs + keptForMs > now() ? lists : undefined;

  const keep = async (memoryKey: string, lists: CachedLists): Promise<CachedLists> => {
    kept.set(memoryKey, lists);
    // It spares the other instances the question; this one goes on without.
    await store.write(memoryKey, lists).catch(() => undefined);
    return lists;
  };

  const recall = async (memoryKey: string): Promise<CachedLists | undefined> => {
    const known = recent(kept.get(memoryKey)) ?? recent(await store.read(memoryKey));
    if (known !== undefined) kept.set(memoryKey, known);
    return known;
  };

  return {
    recall,
    async ask({ settings, klaviyo: connection }, options) {
      const readAtMs = now();
      const lists: CachedLists['lists'] = [];
      for await (const { items } of klaviyo.pages(endpoints.getLists, {}, connection, options))
        lists.push(...items.map(({ id, attributes }) => ({ id, name: attributes.name })));
      return keep(memoryKeyOf(settings), { readAtMs, lists });
    },
    async forget(memoryKey, listId) {
      const known = await recall(memoryKey);
      if (!known?.lists.some(({ id }) => id === listId)) return;
      // Out of date as a whole: a job from before it was read would not ask for a name it lacks.
      await keep(memoryKey, { ...known, readAtMs: 0 });
    },
  };
};
