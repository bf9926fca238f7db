import type { Random } from '../random.ts';

export interface List {
  readonly id: string;
  readonly name: string;
  readonly optIn: 'single_opt_in' | 'double_opt_in';
  readonly createdMs: number;
  updatedMs: number;
  /** When each profile joined, by profile id. */
  readonly members: Map<string, number>;
}

export interface SeedList {
  readonly name: string;
  /** @default six letters and digits */
  readonly id?: string;
  /** @default single_opt_in */
  readonly optIn?: List['optIn'];
}

export interface ListStore {
  all(): List[];
  get(id: string): List | undefined;
  create(seed: SeedList): List;
  /** The lists that a profile is on. */
  of(profileId: string): List[];
  join(list: List, profileId: string): void;
  leave(list: List, profileId: string): void;
}

/** The lists of one account. */
export const createListStore = (random: Random, nowMs: () => number): ListStore => {
  const lists = new Map<string, List>();

  const create = ({ name, id = random.shortId(), optIn = 'single_opt_in' }: SeedList): List => {
    const atMs = nowMs();
    const list: List = { id, name, optIn, createdMs: atMs, updatedMs: atMs, members: new Map() };
    lists.set(id, list);
    return list;
  };

  const join = (list: List, profileId: string): void => {
    if (list.members.has(profileId)) return;
    list.members.set(profileId, nowMs());
    list.updatedMs = nowMs();
  };

  const leave = (list: List, profileId: string): void => {
    if (list.members.delete(profileId)) list.updatedMs = nowMs();
  };

  return {
    all: () => [...lists.values()],
    get: (id) => lists.get(id),
    create,
    of: (profileId) => [...lists.values()].filter(({ members }) => members.has(profileId)),
    join,
    leave,
  };
};
