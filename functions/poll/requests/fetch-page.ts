/** One page of the profiles that changed within a window. */

import {
  and,
  type CallOptions,
  cursorOf,
  endpoints,
  greaterThan,
  type KlaviyoClient,
  type KlaviyoConnection,
  lessThan,
  type Profile,
} from '../../../shared/klaviyo/index.ts';
import type { Scan } from '../../../shared/people/contract/poll-cursor.ts';

/** Klaviyo's most. */
const pageSize = 100;

export interface ScanPage {
  readonly profiles: readonly Profile[];
  /** Left out on the last page. */
  readonly nextCursor: string | undefined;
}

export type FetchPage = (
  scan: Scan,
  connection: KlaviyoConnection,
  options: CallOptions,
) => Promise<ScanPage>;

export const createFetchPage =
  ({ klaviyo }: { readonly klaviyo: Pick<KlaviyoClient, 'call'> }): FetchPage =>
  async ({ lowerMs, upperMs, pageCursor }, connection, options) => {
    const { items, nextUrl } = await klaviyo.call(
      endpoints.getProfiles,
      {
        filter: and(
          greaterThan('updated', new Date(lowerMs)),
          lessThan('updated', new Date(upperMs)),
        ),
        sort: 'updated',
        pageSize,
        subscriptions: true,
        ...(pageCursor === undefined ? {} : { cursor: pageCursor }),
      },
      connection,
      options,
    );
    const nextCursor = cursorOf(nextUrl) ?? undefined;
    // Taken for the last page, it would lose all that follow.
    if (nextUrl !== null && nextCursor === undefined)
      throw new Error('links.next of a page of profiles carries no cursor');
    if (nextCursor !== undefined && nextCursor === pageCursor)
      throw new Error('links.next of a page of profiles leads back to the page');
    return { profiles: items, nextCursor };
  };
