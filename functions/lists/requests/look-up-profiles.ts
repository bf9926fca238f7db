/** Profiles at Klaviyo, a hundred a call. */

import type { BatchContext } from '../../../shared/jobs/consume-queue.ts';
import type { JobOutcome } from '../../../shared/jobs/outcome.ts';
import {
  any,
  endpoints,
  type KlaviyoClient,
  type KlaviyoConnection,
  type Profile,
} from '../../../shared/klaviyo/index.ts';
import { chunksOf } from '../../../shared/platform/chunks-of.ts';
import { isOfConsent, type ListJob } from '../rules/list-change.ts';
import { sendRows } from './send-rows.ts';

export type Identifier = 'id' | 'email' | 'phone_number';

interface WantedProfile {
  readonly job: ListJob;
  readonly value: string;
}

/** The profile, or why it could not be asked for; neither where Klaviyo has none. */
export interface LookedUpProfile {
  readonly profile?: Profile | undefined;
  readonly outcome?: JobOutcome | undefined;
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
    const outcomes = new Map<string, JobOutcome>();

    const ask = async (values: readonly string[]): Promise<void> => {
      const asking = values.flatMap((value) => byValue.get(value) ?? []);
      const returning = asking.some(({ job }) => job.receiveCount > 1);
      const spelt = values.map(
        (value) => (field === 'id' ? byValue.get(value)?.[0]?.value : value) ?? value,
      );
      const subscriptions = asking.some(({ job }) => isOfConsent(job));
      const input = { filter: any(field, spelt), pageSize: maxValuesPerFilter, subscriptions };
      const options = { ...context, returning };
      const { items } = await klaviyo.call(endpoints.getProfiles, input, connection, options);
      for (const profile of items) profiles.set(identifierOf(field, profile), profile);
    };

    await Promise.all(
      chunksOf([...byValue.keys()], maxValuesPerFilter).map((values) =>
        sendRows(values, {
          send: ask,
          attribute: () => ({ kind: 'unknown' }),
          decide: (value, outcome) => void outcomes.set(value, outcome),
        }),
      ),
    );
    return new Map(
      wanted.map(({ job, value }) => {
        const outcome = outcomes.get(normal(value));
        const failed = outcome?.kind === 'delivered' ? undefined : outcome;
        return [job.id, { profile: profiles.get(normal(value)), outcome: failed }];
      }),
    );
  };
