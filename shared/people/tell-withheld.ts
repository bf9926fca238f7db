/** Identifiers that are left out of a write to Klaviyo: that is told every time. */
import type { Logger } from '../platform/logger.ts';
import type { Metrics } from '../platform/metrics.ts';

/**
 * - `taken`: another profile has it.
 * - `refused`: Klaviyo calls it malformed.
 * - `left_out`: Klaviyo wrote the rest and said so in a header of its answer.
 * - `unreadable`: it can be no such identifier at all, and was not sent.
 */
export type WithheldReason = 'taken' | 'refused' | 'left_out' | 'unreadable';

export interface WithheldIdentifier {
  /** By Klaviyo's name of the field. */
  readonly identifier: 'email' | 'phone_number' | 'external_id';
  readonly reason: WithheldReason;
}

/** Whose job it was. No address is logged: the customer's id finds it at the source. */
export interface WithheldFrom {
  readonly connectionId: string;
  readonly messageId?: string | undefined;
  readonly customerId?: string | undefined;
}

export type TellWithheld = (from: WithheldFrom, withheld: readonly WithheldIdentifier[]) => void;

export const createTellWithheld =
  ({
    logger,
    metrics,
  }: {
    readonly logger: Pick<Logger, 'warn'>;
    readonly metrics: Pick<Metrics, 'add'>;
  }): TellWithheld =>
  (from, withheld) => {
    for (const { identifier, reason } of withheld) {
      metrics.add('IdentifiersWithheld', 1, { reason });
      logger.warn('an identifier was left out', { ...from, identifier, reason });
    }
  };
