/** When profiles were last seen alive, in the links table: a batch of them at a time. */
import * as z from 'zod';
import { readByKey, writeItems } from '../platform/batch-requests.dynamodb.ts';
import { linkKeys } from '../platform/contract/tables.ts';
import type { Table } from '../platform/table.dynamodb.ts';
import type { Sighting, Sightings } from './see-profiles.ts';

/** Past a day nobody asks for a sighting any more. */
const keptForSeconds = 2 * 24 * 3_600;

/** Whatever shows that a profile was there: a look-up, a write of ours, a change that was polled. */
const sightingItem = z.object({
  seenAtMs: z.number().optional(),
  mergedInto: z.string().optional(),
  updatedMs: z.number().optional(),
  ownUpdatedAt: z.string().optional(),
});

const sightingOf = (items: readonly z.output<typeof sightingItem>[]): Sighting | undefined => {
  const times = items.flatMap(({ seenAtMs, updatedMs, ownUpdatedAt = '' }) =>
    [seenAtMs, updatedMs, Date.parse(ownUpdatedAt)].filter(Number.isFinite),
  ) as number[];
  const mergedInto = items.find((item) => item.mergedInto !== undefined)?.mergedInto;
  return times.length === 0 ? undefined : { seenAtMs: Math.max(...times), mergedInto };
};

export const createSightingStore = ({
  now = Date.now,
  ...table
}: Table & { readonly now?: () => number }): Sightings => ({
  async recall(memoryKey, profileIds) {
    const keysOf = (id: string) => [
      linkKeys.seen(memoryKey, id),
      linkKeys.profile(memoryKey, id),
      linkKeys.published(memoryKey, id),
    ];
    const found = await readByKey(table, profileIds.flatMap(keysOf), sightingItem);
    return new Map(
      profileIds.flatMap((id) => {
        const sighting = sightingOf(keysOf(id).flatMap((key) => found.get(key) ?? []));
        return sighting === undefined ? [] : [[id, sighting] as const];
      }),
    );
  },

  remember(memoryKey, seen) {
    const expiresAt = Math.floor(now() / 1_000) + keptForSeconds;
    const items = [...seen].map(([id, sighting]) => ({
      pk: linkKeys.seen(memoryKey, id),
      ...sighting,
      expiresAt,
    }));
    return writeItems(table, items);
  },
});
