/** The profiles that links lead to: a hundred links a request. */
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { readItems, type TableOptions } from '../platform/batch-requests.dynamodb.ts';

const linkItem = z.object({ pk: z.string(), profileId: z.string().optional() });

/** Resolves to profile ids by link key; keys without a link, or without a profile, are left out. */
export const createReadLinks =
  (table: TableOptions) =>
  async (linkKeys: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    const keys = [...new Set(linkKeys)].map((pk) => marshall({ pk }));
    const profileIds = new Map<string, string>();
    for (const item of await readItems(table, keys, 'pk, profileId')) {
      const { pk, profileId } = linkItem.parse(unmarshall(item));
      if (profileId !== undefined) profileIds.set(pk, profileId);
    }
    return profileIds;
  };
