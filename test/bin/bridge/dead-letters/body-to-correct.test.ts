import { expect, test } from 'vitest';
import { bodyToCorrect } from '../../../../bin/bridge/dead-letters/body-to-correct.ts';
import { toDeadLetter } from '../../../../bin/bridge/dead-letters/dead-letter.ts';
import type { QueueName } from '../../../../bin/bridge/stage-resources.ts';

const letterOf = (body: string, queue: QueueName = 'customers', isWhole = true) => {
  const attributes = { firstSentAtMs: String(Date.parse('2026-02-20T08:00:00Z')) };
  const sentAtMs = Date.parse('2026-03-01T12:00:00Z');
  const message = { id: 'm-1', receiptHandle: 'r-1', body, groupId: 'acme', attributes, sentAtMs };
  return toDeadLetter(queue, [message], isWhole);
};

test('a corrected job keeps its place in the order of changes, by when it was first sent', () => {
  expect(bodyToCorrect(letterOf('{\n  "type": "customer.upsert"\n}'))).toBe(
    '{"occurredAt":"2026-02-20T08:00:00.000Z", "type": "customer.upsert" }',
  );
});

test.each([
  ['a job that says when it happened', '{"occurredAt":"2026-01-01T00:00:00Z"}', 'customers', true],
  ['what is not JSON', '{"type":', 'customers', true],
  ['JSON that is no object', '"{"', 'customers', true],
  ['several jobs in one', '[{"type":"customer.upsert"}]', 'customers', true],
  ['an object with nothing in it', '{}', 'customers', true],
  ['one half of a long job', '{"a":1}', 'customers', false],
  ['a change for the reader of inbound', '{"type":"customer.changed"}', 'inbound', true],
] as const)('%s is shown as it is', (_, body, queue, isWhole) => {
  expect(bodyToCorrect(letterOf(body, queue, isWhole))).toBe(body);
});
