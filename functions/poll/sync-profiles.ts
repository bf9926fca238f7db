/** Manual sync: the profiles that a person names, published as they are now. */

import type { Connection } from '../../shared/connections/find-connection.ts';
import {
  any,
  type CallOptions,
  endpoints,
  type KlaviyoClient,
  KlaviyoRequestError,
  type Profile,
} from '../../shared/klaviyo/index.ts';
import { chunksOf } from '../../shared/platform/chunks-of.ts';
import { inParallel } from '../../shared/platform/in-parallel.ts';
import type { PublishProfiles } from './publish-profiles.ts';

export interface SyncOutcome {
  readonly connectionId: string;
  readonly published: number;
  /** Klaviyo has no profile of these ids. */
  readonly unknownProfileIds: readonly string[];
}

export type SyncProfiles = (
  connection: Connection,
  profileIds: readonly string[],
  options: CallOptions,
) => Promise<SyncOutcome>;

type AdditionalFields = ('subscriptions' | 'predictive_analytics')[];

/** Profiles of one page, and of one `any(…)` filter. */
const perPage = 100;
/** Fewer are read one by one: the limit of that is far higher. */
const worthAPage = 10;
const callsAtOnce = 8;

const isAbsence = (error: unknown): boolean =>
  error instanceof KlaviyoRequestError && (error.status === 404 || error.status === 400);

/** Publishes the profiles, changed or not, with their subscriptions and predictive analytics. */
export const createSyncProfiles = ({
  klaviyo,
  publishProfiles,
  now = Date.now,
}: {
  readonly klaviyo: Pick<KlaviyoClient, 'call'>;
  readonly publishProfiles: PublishProfiles;
  /** @default the system's clock */
  readonly now?: () => number;
}): SyncProfiles => {
  /** A page of them; none where Klaviyo finds fault with one of the ids. */
  const readMany = async (
    ids: readonly string[],
    { klaviyo: account }: Connection,
    options: CallOptions,
  ): Promise<readonly Profile[]> => {
    if (ids.length < worthAPage) return [];
    const input = { filter: any('id', ids), pageSize: perPage, subscriptions: true };
    try {
      const endpoint = endpoints.listProfilesWithPredictiveAnalytics;
      return (await klaviyo.call(endpoint, input, account, options)).items;
    } catch (error) {
      if (!isAbsence(error)) throw error;
      return [];
    }
  };

  /** By id a merged profile is found too: the answer is the one that it went into. */
  const readOne = async (
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

  return async (connection, profileIds, options) => {
    const { settings } = connection;
    const unknownProfileIds: string[] = [];
    const sync = async (ids: readonly string[]) => {
      const listed = await readMany(ids, connection, options);
      const rest = ids.filter((id) => listed.every((profile) => profile.id !== id));
      const profiles = [...listed];
      await inParallel(rest, callsAtOnce, async (id) => {
        const profile = await readOne(id, connection, options);
        if (profile === undefined) unknownProfileIds.push(id);
        else profiles.push(profile);
      });
      const { published } = await publishProfiles({
        settings,
        profiles,
        asOfMs: now(),
        unconditionally: true,
      });
      return published;
    };
    let published = 0;
    for (const ids of chunksOf([...new Set(profileIds)], perPage)) published += await sync(ids);
    return { connectionId: settings.connectionId, published, unknownProfileIds };
  };
};
