/** Profiles by their ids, with all that Klaviyo shows of them. */

import type { Connection } from '../../../shared/connections/find-connection.ts';
import {
  any,
  type CallOptions,
  endpoints,
  type KlaviyoClient,
  KlaviyoRequestError,
  type Profile,
} from '../../../shared/klaviyo/index.ts';
import { inParallel } from '../../../shared/platform/in-parallel.ts';

interface FetchedProfiles {
  readonly profiles: readonly Profile[];
  /** Klaviyo has no profile of these ids. */
  readonly unknownIds: readonly string[];
}

/** Fetches up to `maxIdsPerFetch` profiles. */
export type FetchByIds = (
  ids: readonly string[],
  connection: Connection,
  options: CallOptions,
) => Promise<FetchedProfiles>;

type AdditionalFields = ('subscriptions' | 'predictive_analytics')[];

/** Profiles of one page, and of one `any(…)` filter. */
export const maxIdsPerFetch = 100;
/** Fewer are fetched one by one: the limit of that is far higher. */
const worthAPage = 10;
const callsAtOnce = 8;

const isAbsence = (error: unknown): boolean =>
  error instanceof KlaviyoRequestError && (error.status === 404 || error.status === 400);

export const createFetchByIds = ({
  klaviyo,
}: {
  readonly klaviyo: Pick<KlaviyoClient, 'call'>;
}): FetchByIds => {
  /** A page of them; none where Klaviyo finds fault with one of the ids. */
  const fetchMany = async (
    ids: readonly string[],
    { klaviyo: account }: Connection,
    options: CallOptions,
  ): Promise<readonly Profile[]> => {
    if (ids.length < worthAPage) return [];
    const input = { filter: any('id', ids), pageSize: maxIdsPerFetch, subscriptions: true };
    try {
      const endpoint = endpoints.getProfilesWithPredictiveAnalytics;
      return (await klaviyo.call(endpoint, input, account, options)).items;
    } catch (error) {
      if (!isAbsence(error)) throw error;
      return [];
    }
  };

  /** By id a merged profile is found too: the answer is the one that it went into. */
  const fetchOne = async (
    id: string,
    { klaviyo: account }: Connection,
    options: CallOptions,
  ): Promise<Profile | undefined> => {
    const additionalFields: AdditionalFields = ['subscriptions', 'predictive_analytics'];
    try {
      return await klaviyo.call(endpoints.getProfile, { id, additionalFields }, account, options);
    } catch (error) {
      if (!isAbsence(error)) throw error;
      return undefined;
    }
  };

  return async (ids, connection, options) => {
    const listed = await fetchMany(ids, connection, options);
    const rest = ids.filter((id) => listed.every((profile) => profile.id !== id));
    const profiles = [...listed];
    const unknownIds: string[] = [];
    await inParallel(rest, callsAtOnce, async (id) => {
      const profile = await fetchOne(id, connection, options);
      if (profile === undefined) unknownIds.push(id);
      else profiles.push(profile);
    });
    return { profiles, unknownIds };
  };
};
