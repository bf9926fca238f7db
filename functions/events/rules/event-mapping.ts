/** Jobs as Klaviyo's events: customary property names, ids that are the same at every attempt. */
import type { EventTrack, TransactionPlaced } from '../../../shared/jobs/contract/messages.ts';
import type { KlaviyoEvent } from '../../../shared/klaviyo/index.ts';
import { rowTotalOf, toLineProperties, toOrderProperties } from './order-properties.ts';

/** A job that asks for events. */
export type EventsJob = TransactionPlaced | EventTrack;

/** Klaviyo's predictive analytics look for exactly these names. */
const placedOrder = 'Placed Order';
const orderedProduct = 'Ordered Product';

/** Klaviyo keeps whole seconds, so this is all of the time that it can be asked for. */
const toWholeSeconds = (epochMs: number): string =>
  new Date(epochMs).toISOString().replace(/\.\d{3}Z$/, 'Z');

/**
 * `transaction:line`. Where an id has a colon of its own the length of the first one says where it
 * ends: no two pairs have one id, and pairs without a colon keep the id that they always had.
 */
export const lineUniqueId = (transactionId: string, lineId: string): string => {
  const pair = `${transactionId}:${lineId}`;
  return pair.split(':').length === 2 ? pair : `${transactionId.length}:${pair}`;
};

const toOrderEvents = ({ transaction, backfill }: TransactionPlaced): KlaviyoEvent[] => {
  const { transactionId, lines, total, currency } = transaction;
  const common = {
    time: toWholeSeconds(Date.parse(transaction.placedAt)),
    valueCurrency: currency,
    backfill,
  };
  return [
    {
      ...common,
      metric: placedOrder,
      uniqueId: transactionId,
      value: total,
      properties: toOrderProperties(transaction),
    },
    ...lines.map((line) => ({
      ...common,
      metric: orderedProduct,
      uniqueId: lineUniqueId(transactionId, line.lineId),
      value: rowTotalOf(line),
      properties: toLineProperties(transactionId, line),
    })),
  ];
};

const toTrackedEvent = (job: EventTrack, happenedByMs: number): KlaviyoEvent => ({
  metric: job.metric,
  uniqueId: job.uniqueId,
  time: toWholeSeconds(job.time === undefined ? happenedByMs : Date.parse(job.time)),
  value: job.value,
  valueCurrency: job.currency,
  backfill: job.backfill,
  properties: job.properties,
});

/**
 * The events of a job. A transaction becomes one Placed Order, under its own id, and one Ordered
 * Product per line, under an id of both: sent again, they count once.
 */
export const toEvents = (job: EventsJob, happenedByMs: number): KlaviyoEvent[] =>
  job.type === 'event.track' ? [toTrackedEvent(job, happenedByMs)] : toOrderEvents(job);
