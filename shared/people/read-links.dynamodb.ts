/** The profiles that links lead to: a hundred links a request. */
import { readByKey } from '../platform/batch-requests.dynamodb.ts';
import type { Table } from '../platform/table.dynamodb.ts';
import { link } from './contract/links.ts';

/** Resolves to profile ids by link key; keys without a link, or without a profile, are left out. */
export const createReadLinks =
  (table: Table) =>
  async (linkKeys: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    const links = await readByKey(table, linkKeys, link);
    return new Map(
      [...links].flatMap(([key, { profileId }]) => (profileId ? [[key, profileId]] : [])),
    );
  };
