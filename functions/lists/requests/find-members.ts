/** Who is on a list: asked before people are unsubscribed from it. */

import type { BatchContext } from '../../../shared/jobs/consume-queue.ts';
import { delivered, type JobOutcome } from '../../../shared/jobs/outcome.ts';
import {
  any,
  endpoints,
  type KlaviyoClient,
  type KlaviyoConnection,
} from '../../../shared/klaviyo/index.ts';
import { chunksOf } from '../../../shared/platform/chunks-of.ts';
import { isListUnknown, unknownList } from '../rules/attribute-refusal.ts';
import type { ListChange } from '../rules/list-change.ts';
import { maxValuesPerFilter, normal } from './look-up-profiles.ts';
import { sendRows } from './send-rows.ts';

/** The member's profile, or why it is not known whether there is one; neither for who is no member. */
interface FoundMember {
  readonly profileId?: string | undefined;
  readonly outcome?: JobOutcome | undefined;
}

/** Asks for each consent whether the address's owner is on the change's list. */
export type FindMembers = (
  changes: readonly ListChange[],
  connection: KlaviyoConnection,
  context: BatchContext,
) => Promise<ReadonlyMap<ListChange, FoundMember>>;

const addressOf = ({ kind, person }: ListChange): string =>
  normal((kind === 'membership' ? undefined : person[kind]?.value) ?? '');

export const createFindMembers = ({
  klaviyo,
}: {
  readonly klaviyo: KlaviyoClient;
}): FindMembers => {
  /** The members among the owners of addresses, all of one list and channel. */
  const findAmong = async (
    changes: readonly ListChange[],
    connection: KlaviyoConnection,
    context: BatchContext,
  ): Promise<[ListChange, FoundMember][]> => {
    const [{ listId = '', kind = 'email' } = {}] = changes;
    const attribute = kind === 'email' ? 'email' : 'phone_number';
    const byAddress = Map.groupBy(changes, addressOf);
    const members = new Map<string, string>();
    const outcomes = new Map<string, JobOutcome>();

    const ask = async (addresses: readonly string[]): Promise<void> => {
      const asking = addresses.flatMap((address) => byAddress.get(address) ?? []);
      const returning = asking.some(({ job }) => job.receiveCount > 1);
      const { items } = await klaviyo.call(
        endpoints.getProfilesForList,
        { listId, filter: any(attribute, addresses), pageSize: maxValuesPerFilter },
        connection,
        { ...context, returning },
      );
      for (const { id, attributes } of items) members.set(normal(attributes[attribute] ?? ''), id);
    };

    await Promise.all(
      chunksOf([...byAddress.keys()], maxValuesPerFilter).map((addresses) =>
        sendRows(addresses, {
          send: ask,
          attribute: (error) =>
            isListUnknown(error, listId)
              ? { kind: 'all', outcome: unknownList(error) }
              : { kind: 'unknown' },
          decide: (address, outcome) => void outcomes.set(address, outcome),
        }),
      ),
    );
    return changes.map((change) => {
      const outcome = outcomes.get(addressOf(change));
      const failed = outcome === delivered ? undefined : outcome;
      return [change, { profileId: members.get(addressOf(change)), outcome: failed }];
    });
  };

  return async (changes, connection, context) => {
    const groups = Map.groupBy(changes, ({ listId, kind }) => JSON.stringify([listId, kind]));
    const found = await Promise.all(
      [...groups.values()].map((group) => findAmong(group, connection, context)),
    );
    return new Map(found.flat());
  };
};
