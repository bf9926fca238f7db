/**
 * Whether profiles are still there. An id that is remembered, or that another system remembers, may
 * be of a profile that was deleted or merged since: Klaviyo accepts what is sent to it, and loses it.
 */
import { memoryKeyOf } from '../connections/contract.ts';
import type { Connection } from '../connections/find-connection.ts';
import {
  any,
  type CallOptions,
  endpoints,
  type KlaviyoClient,
  type KlaviyoConnection,
  KlaviyoRequestError,
} from '../klaviyo/index.ts';
import { chunksOf } from '../platform/chunks-of.ts';
import { inParallel } from '../platform/in-parallel.ts';

export type SeenProfile =
  | { readonly kind: 'alive' }
  /** Its id leads to another profile. */
  | { readonly kind: 'merged'; readonly into: string }
  | { readonly kind: 'gone' }
  /** It could not be asked for. */
  | { readonly kind: 'unknown'; readonly error: unknown };

/** When a profile was last seen alive, and under which id where that is another one by now. */
export interface Sighting {
  /** Epoch milliseconds. */
  readonly seenAtMs: number;
  readonly mergedInto?: string | undefined;
}

/** What is remembered of look-ups, and of all else that shows a profile to be there. */
export interface Sightings {
  recall(memoryKey: string, profileIds: readonly string[]): Promise<ReadonlyMap<string, Sighting>>;
  remember(memoryKey: string, seen: ReadonlyMap<string, Sighting>): Promise<void>;
}

/** Resolves to what each of the ids leads to. Ids that were seen within a day cost no call. */
export type SeeProfiles = (
  profileIds: readonly string[],
  connection: Connection,
  options: CallOptions,
) => Promise<ReadonlyMap<string, SeenProfile>>;

/** For so long a profile that was seen is believed to be there. */
export const seenForMs = 24 * 3_600_000;

/** As many as one page can answer. */
const idsPerLookUp = 100;
/** Calls for single profiles at once. */
const readsAtOnce = 50;

const isRefused = (error: unknown, ...statuses: readonly number[]): boolean =>
  error instanceof KlaviyoRequestError && statuses.includes(error.status);

/** For what a look-up holds, or for how much: an id that can be none, a filter that is too long. */
const isOfContent = (error: unknown): boolean => isRefused(error, 400, 413, 414, 431);

const stateOf = ({ mergedInto }: Sighting): SeenProfile =>
  mergedInto === undefined ? { kind: 'alive' } : { kind: 'merged', into: mergedInto };

export interface SeeProfilesOptions {
  readonly klaviyo: KlaviyoClient;
  readonly sightings: Sightings;
  /** @default the system's clock */
  readonly now?: () => number;
}

/**
 * Profiles that nobody has seen for a day are looked up a hundred a call. Whom that does not find is
 * read alone: by an id that was merged away Klaviyo shows the survivor.
 */
export const createSeeProfiles = ({
  klaviyo,
  sightings,
  now = Date.now,
}: SeeProfilesOptions): SeeProfiles => {
  /** The ids that a look-up does not find. One that is refused for what it holds goes in halves. */
  const lookUp = async (
    ids: readonly string[],
    connection: KlaviyoConnection,
    options: CallOptions,
    found: Map<string, SeenProfile>,
  ): Promise<readonly string[]> => {
    try {
      const input = { filter: any('id', ids), pageSize: idsPerLookUp };
      const { items } = await klaviyo.call(endpoints.getProfiles, input, connection, options);
      for (const { id } of items) found.set(id, { kind: 'alive' });
      return ids.filter((id) => !found.has(id));
    } catch (error) {
      // Any other refusal, such as a retired revision's, says nothing about profiles.
      if (!isOfContent(error)) {
        for (const id of ids) found.set(id, { kind: 'unknown', error });
        return [];
      }
      if (ids.length === 1) return ids;
      const halves = chunksOf(ids, Math.ceil(ids.length / 2));
      const rest = halves.map((half) => lookUp(half, connection, options, found));
      return (await Promise.all(rest)).flat();
    }
  };

  const readOne = async (
    id: string,
    connection: KlaviyoConnection,
    options: CallOptions,
  ): Promise<SeenProfile> => {
    try {
      const profile = await klaviyo.call(endpoints.getProfile, { id }, connection, options);
      return profile.id === id ? { kind: 'alive' } : { kind: 'merged', into: profile.id };
    } catch (error) {
      return isRefused(error, 404) ? { kind: 'gone' } : { kind: 'unknown', error };
    }
  };

  return async (profileIds, { settings, klaviyo: connection }, options) => {
    const memoryKey = memoryKeyOf(settings);
    const ids = [...new Set(profileIds)];
    const known = ids.length > 0 ? await sightings.recall(memoryKey, ids) : new Map();
    const seen = new Map<string, SeenProfile>();
    for (const [id, sighting] of known)
      if (now() - sighting.seenAtMs < seenForMs) seen.set(id, stateOf(sighting));

    const found = new Map<string, SeenProfile>();
    const chunks = chunksOf(
      ids.filter((id) => !seen.has(id)),
      idsPerLookUp,
    );
    const missing = await Promise.all(
      chunks.map((chunk) => lookUp(chunk, connection, options, found)),
    );
    await inParallel(missing.flat(), readsAtOnce, async (id) => {
      found.set(id, await readOne(id, connection, options));
    });

    const news = new Map<string, Sighting>();
    const seenAtMs = now();
    for (const [id, state] of found) {
      if (state.kind === 'alive') news.set(id, { seenAtMs });
      if (state.kind !== 'merged') continue;
      news.set(id, { seenAtMs, mergedInto: state.into });
      news.set(state.into, { seenAtMs });
    }
    if (news.size > 0) await sightings.remember(memoryKey, news);
    return new Map([...seen, ...found]);
  };
};
