/** Klaviyo's ids of events that were seen there, in the links table. */
import { writeItems } from '../platform/batch-requests.dynamodb.ts';
import { linkKeys } from '../platform/contract/tables.ts';
import type { Table } from '../platform/table.dynamodb.ts';
import type { EventLink } from './contract/links.ts';

/** Ids are of use while somebody may ask what became of an order; then the items age out. */
const keptForSeconds = 90 * 24 * 3_600;

/** Keeps the ids of a connection's events; the same again changes nothing but the time. */
export const createSaveConfirmed =
  (table: Table & { readonly now?: () => number }) =>
  async (
    memoryKey: string,
    events: readonly {
      readonly metric: string;
      readonly uniqueId: string;
      readonly eventId: string;
    }[],
  ): Promise<void> => {
    const { now = Date.now } = table;
    const expiresAt = Math.floor(now() / 1_000) + keptForSeconds;
    const items = new Map(
      events.map(({ metric, uniqueId, eventId }) => {
        const pk = linkKeys.event(memoryKey, metric, uniqueId);
        const link: EventLink = { eventId, expiresAt };
        return [pk, { pk, ...link }];
      }),
    );
    await writeItems(table, [...items.values()]);
  };
