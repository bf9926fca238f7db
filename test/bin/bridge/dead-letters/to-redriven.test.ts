import { describe, expect, test } from 'vitest';
import { createJoinParts, toDeadLetter } from '../../../../bin/bridge/dead-letters/dead-letter.ts';
import { toRedriven } from '../../../../bin/bridge/dead-letters/to-redriven.ts';
import { maxJobBytes } from '../../../../shared/jobs/contract/messages.ts';
import type { ReceivedMessage } from '../../../../shared/jobs/dead-letter-queue.sqs.ts';
import { deadLettersOf } from '../../../../shared/jobs/outgoing-messages.ts';

const sentAtMs = Date.parse('2026-03-01T12:00:00Z');
const firstSentAtMs = Date.parse('2026-02-20T08:00:00Z');

const upsert = { type: 'customer.upsert', connectionId: 'acme', customer: { customerId: '1' } };

const messageOf = (body: string, attributes: Record<string, string> = {}): ReceivedMessage => ({
  id: 'm-1',
  receiptHandle: 'r-1',
  body,
  groupId: 'acme',
  attributes,
  sentAtMs,
});

const redrive = (body: string, attributes: Record<string, string> = {}) =>
  toRedriven(toDeadLetter('customers', [messageOf(body, attributes)]));

test('a job goes back as a fresh message, with the time at which it was first sent', () => {
  const redriven = redrive(JSON.stringify(upsert), {
    reason: 'gave_up',
    firstSentAtMs: String(firstSentAtMs),
  });
  expect(redriven).toEqual({
    kind: 'job',
    queue: 'customers',
    message: {
      body: JSON.stringify({ occurredAt: '2026-02-20T08:00:00.000Z', ...upsert }),
      groupId: 'acme',
    },
  });
});

test('a job that says when it happened goes back as it was', () => {
  const body = JSON.stringify({ ...upsert, occurredAt: '2026-01-01T00:00:00+02:00' });
  expect(redrive(body)).toMatchObject({ message: { body } });
});

test('what SQS itself moved has the time at which SQS first had it', () => {
  expect(redrive(JSON.stringify(upsert))).toMatchObject({
    message: { body: expect.stringContaining('"occurredAt":"2026-03-01T12:00:00.000Z"') },
  });
});

test('a job on the wrong queue goes to that of its type', () => {
  const body = JSON.stringify({
    type: 'list.add',
    connectionId: 'acme',
    list: { id: 'L' },
    person: { email: 'a@b.co' },
  });
  expect(redrive(body, { reason: 'invalid_message' })).toMatchObject({ queue: 'lists' });
});

test("the bridge's own jobs go back too", () => {
  const body = JSON.stringify({
    type: 'event.confirm',
    connectionId: 'acme',
    person: { profileId: 'P' },
    time: '2026-03-01T12:00:00Z',
    events: [{ metric: 'M', uniqueId: '1' }],
  });
  expect(redrive(body)).toMatchObject({ kind: 'job', queue: 'events' });
});

test('a message of inbound goes back as it was, whatever is in it', () => {
  const letter = toDeadLetter('inbound', [messageOf('anything')]);
  expect(toRedriven(letter)).toEqual({
    kind: 'job',
    queue: 'inbound',
    message: { body: 'anything', groupId: 'acme' },
  });
});

describe('what would only come back is not sent', () => {
  test.each([
    ['{"type":', 'is not JSON'],
    ['[]', 'has no type that is known'],
    ['null', 'has no type that is known'],
    ['{"type":"customer.changed"}', 'has no type that is known'],
    [
      JSON.stringify({ ...upsert, customer: { customerId: '1', emial: 'x' } }),
      'breaks the message schema (customer.emial: there is no such field)',
    ],
    [
      JSON.stringify(upsert).replace('"1"', '"1","properties":{"card":6335150012345678901}'),
      'breaks the message schema (customer.properties.card: is a number that does not keep its digits: send it as text)',
    ],
  ])('%s', (body, why) => {
    expect(redrive(body)).toEqual({ kind: 'hopeless', why });
  });
});

test('a job that leaves no room for its time is not sent without it', () => {
  const bodyOf = (x: string) =>
    JSON.stringify({ ...upsert, customer: { customerId: '1', properties: { x } } });
  const body = bodyOf('x'.repeat(maxJobBytes - bodyOf('').length));
  expect(redrive(body)).toMatchObject({
    kind: 'hopeless',
    why: expect.stringContaining('no room'),
  });
  const larger = body.replace('{', '{"occurredAt":"2026-01-01T00:00:00Z",');
  expect(redrive(larger)).toEqual({ kind: 'hopeless', why: 'is larger than a job may be' });
});

describe('a long job in two halves', () => {
  const body = JSON.stringify({
    ...upsert,
    occurredAt: '2026-01-01T00:00:00Z',
    customer: { customerId: '1', properties: { x: '€'.repeat(348_900) } },
  });
  const delivery = {
    id: 'job-1',
    receiptHandle: '',
    groupId: 'acme',
    receiveCount: 1,
    failures: 0,
  };
  const parts = deadLettersOf(
    { ...delivery, body, firstSentAtMs, triedFromMs: firstSentAtMs },
    { kind: 'refused', reason: 'gave_up' },
  );
  const [first, second] = parts.map(({ body, attributes = {} }, index) => ({
    ...messageOf(body, attributes),
    id: `m-${index + 1}`,
  })) as [ReceivedMessage, ReceivedMessage];

  test('is whole again in whatever order the halves come', () => {
    expect(parts).toHaveLength(2);
    for (const order of [
      [first, second],
      [second, first],
    ] as const) {
      const join = createJoinParts('customers');
      expect(join.add(order[0])).toBeUndefined();
      const letter = join.add(order[1]);
      expect(letter).toMatchObject({ id: 'm-1', isWhole: true, reason: 'gave_up' });
      expect(letter?.body).toBe(body);
      expect(letter && toRedriven(letter)).toMatchObject({ kind: 'job', message: { body } });
      expect(join.halves()).toEqual([]);
    }
  });

  test('is not sent while a half is missing', () => {
    const join = createJoinParts('customers');
    join.add(second);
    const [half] = join.halves();
    expect(half && toRedriven(half)).toEqual({
      kind: 'hopeless',
      why: 'is one half of a long job, without its other',
    });
  });
});
