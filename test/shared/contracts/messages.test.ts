import { expect, test } from 'vitest';
import { transactionPlaced } from '../../../shared/contracts/messages.ts';

const line = { name: 'Tea', quantity: 1, unitPrice: 4 };
const order = (lineIds: readonly string[]) => ({
  connectionId: 'acme',
  type: 'transaction.placed',
  transaction: {
    transactionId: 'T1',
    placedAt: '2026-11-01T12:00:00Z',
    total: 8,
    customer: { customerId: 'c1' },
    lines: lineIds.map((lineId) => ({ ...line, lineId })),
  },
});

test('two lines of one id are refused by the second: Klaviyo would count one of them', () => {
  expect(transactionPlaced.safeParse(order(['1', '2'])).success).toBe(true);
  const { error } = transactionPlaced.safeParse(order(['1', '2', '1']));
  expect(error?.issues).toMatchObject([{ path: ['transaction', 'lines', 2, 'lineId'] }]);
});
