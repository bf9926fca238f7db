/** Links that led to a profile which is gone. */
import { type Table, updateIf } from '../platform/table.dynamodb.ts';

/** Forgets the profile of each link that still leads to it; one that has moved on stays. */
export const createForgetLinks =
  (table: Table) =>
  async (linkKeys: readonly string[], profileId: string): Promise<void> => {
    const forget = {
      remove: 'profileId',
      when: 'profileId = :gone',
      values: { ':gone': profileId },
    };
    await Promise.all(linkKeys.map((pk) => updateIf(table, { pk }, forget)));
  };
