import { describe, expect, test } from 'vitest';
import { createJoinParts, toDeadLetter } from '../../../../bin/bridge/dead-letters/dead-letter.ts';
import { shownValue, summaryOf } from '../../../../bin/bridge/dead-letters/list-letters.ts';
import { toRedriven } from '../../../../bin/bridge/dead-letters/to-redriven.ts';
import type { ReceivedMessage } from '../../../../shared/jobs/dead-letter-queue.sqs.ts';

const body = '{"type":"customer.upsert","connectionId":"acme","customer":{"customerId":"1"}}';
const sentAtMs = Date.parse('2026-03-01T12:00:00Z');

const messageWith = (attributes: Record<string, string>): ReceivedMessage => ({
  id: 'm-1',
  receiptHandle: 'r-1',
  body,
  groupId: 'acme',
  attributes,
  sentAtMs,
});
const letterWith = (attributes: Record<string, string>) =>
  toDeadLetter('customers', [messageWith(attributes)]);

describe('an attribute that the bridge does not write is off, and does not count', () => {
  test.each(['1e300', '-1', 'NaN', '1.5', '253402300800000', String(sentAtMs + 60_000)])(
    'a job first sent at %s',
    (firstSentAtMs) => {
      const letter = letterWith({ reason: 'gave_up', firstSentAtMs });
      expect(summaryOf(letter)).toMatchObject({
        reason: 'gave_up',
        firstSentAt: null,
        oddAttributes: 'firstSentAtMs',
      });
      expect(shownValue(summaryOf(letter).firstSentAt)).toBe('off');
      expect(toRedriven(letter)).toMatchObject({
        message: { body: expect.stringContaining('"occurredAt":"2026-03-01T12:00:00.000Z"') },
      });
    },
  );

  test('a reason and a connection that are none', () => {
    const letter = letterWith({ reason: 'Ann was here', connectionId: 'ann@example.com' });
    expect(summaryOf(letter)).toMatchObject({
      reason: 'off',
      connectionId: 'acme',
      oddAttributes: 'reason, connectionId',
    });
  });

  test.each(['x 0/0', 'x 3/2', 'x 1/9', 'x'])('a part %s: it is whole by itself', (part) => {
    const letter = createJoinParts('customers').add(messageWith({ part }));
    expect(letter).toMatchObject({ isWhole: true, oddAttributes: ['part'] });
  });
});

test('of a letter as the bridge writes it, nothing is off', () => {
  const written = { reason: 'gave_up', firstSentAtMs: String(sentAtMs), connectionId: 'acme' };
  expect(summaryOf(letterWith(written)).oddAttributes).toBeUndefined();
  expect(summaryOf(letterWith({})).reason).toBe('moved_by_sqs');
});
