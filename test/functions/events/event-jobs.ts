/** Jobs of the events queue, valid as they are, with whatever else a test needs. */
import {
  type EventTrack,
  eventTrack,
  type TransactionPlaced,
  transactionPlaced,
} from '../../../shared/jobs/contract/messages.ts';

export const lineOf = (lineId: string, overrides: Record<string, unknown> = {}) => ({
  lineId,
  name: `Tea ${lineId}`,
  quantity: 2,
  unitPrice: 4.5,
  ...overrides,
});

/** An order of two lines by a customer with an e-mail address. */
export const orderOf = (
  transaction: Record<string, unknown> = {},
  job: Record<string, unknown> = {},
): TransactionPlaced =>
  transactionPlaced.parse({
    connectionId: 'acme',
    type: 'transaction.placed',
    transaction: {
      transactionId: 'T1',
      placedAt: '2026-11-01T12:00:00Z',
      total: 18,
      currency: 'EUR',
      customer: { customerId: 'c1', email: 'ann@example.com' },
      lines: [lineOf('1'), lineOf('2')],
      ...transaction,
    },
    ...job,
  });

/** An event of any metric, of a person with an e-mail address. */
export const trackOf = (uniqueId: string, overrides: Record<string, unknown> = {}): EventTrack =>
  eventTrack.parse({
    connectionId: 'acme',
    type: 'event.track',
    metric: 'Refunded Order',
    uniqueId,
    time: '2026-11-02T09:30:00Z',
    person: { email: 'ann@example.com' },
    ...overrides,
  });
