/** Consents that came to nothing, or not to all of what was said: that is told every time. */
import type { Logger } from '../../shared/platform/logger.ts';
import type { Metrics } from '../../shared/platform/metrics.ts';
import type { ListChange } from './rules/list-change.ts';

/** Whose job it was is told by the message's id and the customer's: no address is logged. */
export interface TellConsents {
  /** The person has said the opposite since, in Klaviyo. */
  newerInKlaviyo(change: ListChange): void;
  /** The person was not on the list, and is subscribed all the same. */
  withoutEffect(change: ListChange): void;
  /** The connection's revision has no place for it. */
  dateOfBirthLeftOut(change: ListChange): void;
}

const about = ({ job: { id, message }, kind, listId }: ListChange) => ({
  connectionId: message.connectionId,
  messageId: id,
  type: message.type,
  customerId: message.person.customerId,
  channel: kind,
  listId,
});

export const createTellConsents = ({
  logger,
  metrics,
}: {
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  readonly metrics: Pick<Metrics, 'add'>;
}): TellConsents => ({
  newerInKlaviyo(change) {
    metrics.add('ConsentsOverruled', 1, { type: change.job.message.type });
    logger.info('a consent was overruled by a newer one in Klaviyo', about(change));
  },
  withoutEffect(change) {
    metrics.add('OptOutsWithoutEffect', 1);
    logger.warn('an opt-out from a list had no effect: not on it, but subscribed', about(change));
  },
  dateOfBirthLeftOut(change) {
    metrics.add('DatesOfBirthLeftOut', 1);
    logger.warn('a date of birth was left out: the revision has no place for it', about(change));
  },
});
