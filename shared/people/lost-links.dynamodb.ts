/** Links to profiles that are not there any more. */
import { readById } from '../platform/batch-requests.dynamodb.ts';
import { linkKeys } from '../platform/contract/tables.ts';
import { inParallel } from '../platform/in-parallel.ts';
import { type Table, updateIf } from '../platform/table.dynamodb.ts';
import { profileLink } from './contract/customer-memory.ts';
import type { LostLink } from './contract/links.ts';

/** Fewer than the SDK's 50 connections, which other requests need as well. */
const updatesAtOnce = 20;

const owned = profileLink.pick({ customers: true });

/** Resolves to customer ids by profile id; profiles of nobody are left out. */
export const createFindCustomers =
  (table: Table) =>
  async (
    memoryKey: string,
    profileIds: readonly string[],
  ): Promise<ReadonlyMap<string, string>> => {
    const keyOf = (id: string) => linkKeys.profile(memoryKey, id);
    const found = await readById(table, profileIds, keyOf, owned);
    return new Map(
      [...found].flatMap(
        ([
          id,
          {
            customers: [owner],
          },
        ]) => (owner === undefined ? [] : [[id, owner.customerId] as const]),
      ),
    );
  };

/** Forgets links, each only while it leads to the profile that is gone: it may be a new one's by now. */
export const createForgetLinks =
  (table: Table) =>
  async (lost: readonly LostLink[]): Promise<void> =>
    inParallel(lost, updatesAtOnce, async ({ key, profileId }) => {
      const forget = {
        // What a customer has said of consent is still with the profile that is gone.
        set: 'formerProfileId = :gone',
        remove: 'profileId',
        when: 'profileId = :gone',
        values: { ':gone': profileId },
      };
      await updateIf(table, { pk: key }, forget);
    });
