/** On request: the profiles that a person names, published as they are now. */

import type { Connection } from '../../shared/connections/find-connection.ts';
import type { CallOptions } from '../../shared/klaviyo/index.ts';
import { chunksOf } from '../../shared/platform/chunks-of.ts';
import type { PublishProfiles } from './publish-profiles.ts';
import { type FetchByIds, maxIdsPerFetch } from './requests/fetch-by-ids.ts';

export interface RequestSummary {
  readonly connectionId: string;
  readonly published: number;
  /** Klaviyo has no profile of these ids. */
  readonly unknownProfileIds: readonly string[];
}

export type PublishOnRequest = (
  connection: Connection,
  profileIds: readonly string[],
  options: CallOptions,
) => Promise<RequestSummary>;

/** Publishes the profiles, changed or not, with their subscriptions and predictive analytics. */
export const createPublishOnRequest =
  ({
    fetchByIds,
    publishProfiles,
    now = Date.now,
  }: {
    readonly fetchByIds: FetchByIds;
    readonly publishProfiles: PublishProfiles;
    /** @default the system's clock */
    readonly now?: () => number;
  }): PublishOnRequest =>
  async (connection, profileIds, options) => {
    const { settings } = connection;
    const unknownProfileIds: string[] = [];
    let total = 0;
    for (const ids of chunksOf([...new Set(profileIds)], maxIdsPerFetch)) {
      const { profiles, unknownIds } = await fetchByIds(ids, connection, options);
      unknownProfileIds.push(...unknownIds);
      const request = { settings, profiles, asOfMs: now(), unconditionally: true };
      total += (await publishProfiles(request)).published;
    }
    return { connectionId: settings.connectionId, published: total, unknownProfileIds };
  };
