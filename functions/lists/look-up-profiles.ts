/** Profiles at Klaviyo, a hundred a call. */
import {
  any,
  endpoints,
  type KlaviyoClient,
  type KlaviyoConnection,
  type Profile,
} from '../../shared/klaviyo/index.ts';
import { chunksOf } from '../../shared/runtime/chunks-of.ts';
import type { BatchContext } from '../../shared/runtime/consume-queue.ts';
import type { Fate } from '../../shared/runtime/fate.ts';
import { isOfConsent, type ListJob } from './list-change.ts';
import { sendRows } from './send-rows.ts';

export type Identifier = 'id' | 'email' | 'phone_number';

interface WantedProfile {
  readonly job: ListJob;
  readonly value: string;
}

/** The profile, or why it could not be asked for; neither where Klaviyo has none. */
export interface LookedUpProfile {
  readonly profile?: Profile | undefined;
  readonly fate?: Fate | undefined;
}

/** Resolves to profiles by the ids of the jobs that want them. */
export type LookUpProfiles = (
  field: Identifier,
  wanted: readonly WantedProfile[],
  connection: KlaviyoConnection,
  context: BatchContext,
) => Promise<ReadonlyMap<string, LookedUpProfile>>;

/** Values in one filter: as many as one page can answer. */
export const maxValuesPerFilter = 100;

/** Klaviyo shows addresses in lower case. */
export const normal = (value: string): string => value.trim().toLowerCase();

const identifierOf = (field: Identifier, { id, attributes }: Profile): string =>
  normal((field === 'id' ? id : attributes[field]) ?? '');

export const createLookUpProfiles =
  ({ klaviyo }: { readonly klaviyo: KlaviyoClient }): LookUpProfiles =>
  async (field, wanted, connection, context) => {
    const byValue = Map.groupBy(wanted, ({ value }) => normal(value));
    const profiles = new Map<string, Profile>();
    const fates = new Map<string, Fate>();

    const ask = async (values: readonly string[]): Promise<void> => {
      const asking = values.flatMap((value) => byValue.get(value) ?? []);
      const returning = asking.some(({ job }) => job.receiveCount > 1);
      const spelt = values.map(
        (value) => (field === 'id' ? byValue.get(value)?.[0]?.value : value) ?? value,
      );
      const subscriptions = asking.some(({ job }) => isOfConsent(job));
      const input = { filter: any(field, spelt), pageSize: maxValuesPerFilter, subscriptions };
      const options = { ...context, returning };
      const { items } = await klaviyo.call(endpoints.listProfiles, input, connection, options);
      for (const profile of items) profiles.set(identifierOf(field, profile), profile);
    };

    await Promise.all(
      chunksOf([...byValue.keys()], maxValuesPerFilter).map((values) =>
        sendRows(values, {
          send: ask,
          blame: () => ({ kind: 'unknown' }),
          decide: (value, fate) => void fates.set(value, fate),
        }),
      ),
    );
    return new Map(
      wanted.map(({ job, value }) => {
        const fate = fates.get(normal(value));
        const failed = fate?.kind === 'delivered' ? undefined : fate;
        return [job.id, { profile: profiles.get(normal(value)), fate: failed }];
      }),
    );
  };
