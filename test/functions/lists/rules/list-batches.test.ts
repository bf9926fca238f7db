import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toRequests } from '../../../../functions/lists/rules/list-batches.ts';
import { type ListChange, toListChanges } from '../../../../functions/lists/rules/list-change.ts';
import { jobOf } from '../../../support/job.ts';
import { listJob } from '../lists-consumer.ts';

const person = fc.record({
  profileId: fc.option(fc.constantFrom('P1', 'P2', 'P3'), { nil: undefined }),
  email: fc.option(fc.constantFrom('a@example.com', 'A@example.com', 'b@example.com'), {
    nil: undefined,
  }),
  sms: fc.option(fc.constantFrom('+31201234567', '+31201234568'), { nil: undefined }),
});

const changes: fc.Arbitrary<ListChange[]> = fc
  .record({
    person,
    type: fc.constantFrom('list.add', 'list.remove', 'list.subscribe', 'list.unsubscribe'),
    list: fc.constantFrom('L1', 'L2'),
    customSource: fc.constantFrom(undefined, 'Till', 'Web'),
    historicalImport: fc.boolean(),
  })
  .filter(({ person }) => Object.values(person).some(Boolean))
  .map(({ person, type, list, customSource, historicalImport }) => {
    const { profileId, email, sms } = person;
    const terms = type === 'list.subscribe' ? { customSource, historicalImport } : {};
    const identifiers = { profileId, email, phoneNumber: sms };
    const message = listJob({ type, list: { id: list }, person: identifiers, ...terms });
    return toListChanges('acme/AcCt01', jobOf(message), list, {
      profileId,
      ...(email === undefined ? {} : { email: { value: email, profileId } }),
      ...(sms === undefined ? {} : { sms: { value: sms, profileId } }),
    });
  });

const many = fc.array(changes, { maxLength: 300, size: 'max' }).map((all) => all.flat());

test.each([
  ['2023-10-15', 100],
  ['2024-07-15', 1_000],
  ['2026-07-15', 1_000],
])('under the rules of %s no request exceeds its cap, and every change is in one', (shape, cap) => {
  fc.assert(
    fc.property(many, (all) => {
      const requests = toRequests(all, shape);
      for (const { action, rows } of requests) {
        const caps = { add: 1_000, remove: 1_000, subscribe: cap, unsubscribe: 100 };
        expect(rows.length).toBeGreaterThan(0);
        expect(rows.length).toBeLessThanOrEqual(caps[action]);
      }
      const carried = requests.flatMap(({ rows }) => rows.flatMap((row) => row.changes));
      expect(carried).toHaveLength(all.length);
      expect(new Set(carried)).toEqual(new Set(all));
    }),
  );
});

test('no subscription mixes channels, and all rows of a request share its terms', () => {
  fc.assert(
    fc.property(many, (all) => {
      for (const request of toRequests(all, '2026-07-15')) {
        if (request.action === 'subscribe') expect(request.channels).toHaveLength(1);
        for (const row of request.rows)
          for (const { listId, kind, job } of row.changes) {
            expect(listId).toBe(request.listId);
            expect(job.message.type).toBe(`list.${request.action}`);
            if (kind !== 'membership') expect(request.channels).toContain(kind);
          }
        for (const { email, phoneNumber } of request.rows) {
          if (request.channels.includes('email')) expect(email).toBeDefined();
          if (request.channels.includes('sms')) expect(phoneNumber).toBeDefined();
        }
      }
    }),
  );
});

test('nobody is added, removed or subscribed twice in one request, under whatever spelling', () => {
  fc.assert(
    fc.property(many, (all) => {
      for (const { action, channels, rows } of toRequests(all, '2026-07-15')) {
        if (action === 'unsubscribe') continue;
        const main = rows.map(({ profileId, email, phoneNumber }) => {
          if (action === 'add' || action === 'remove') return profileId;
          return channels.includes('email') ? email?.toLowerCase() : phoneNumber;
        });
        expect(new Set(main).size).toBe(main.length);
      }
    }),
  );
});

test('unsubscriptions of one person from one list are one row, whatever the channel', () => {
  const unsubscribe = (identifiers: object) =>
    jobOf(listJob({ type: 'list.unsubscribe', list: { id: 'L1' }, person: identifiers }));
  const email = { value: 'a@example.com', profileId: 'P1' };
  const sms = { value: '+31201234567', profileId: 'P1' };
  const all = [
    ...toListChanges('acme/AcCt01', unsubscribe({ email: email.value }), 'L1', { email }),
    ...toListChanges('acme/AcCt01', unsubscribe({ phoneNumber: sms.value }), 'L1', { sms }),
    ...toListChanges('acme/AcCt01', unsubscribe({ email: 'A@example.com' }), 'L1', {
      email: { ...email, value: 'A@example.com' },
    }),
  ];
  const [request, ...others] = toRequests(all, '2026-07-15');
  expect(others).toEqual([]);
  expect(request?.rows).toHaveLength(1);
  expect(request?.rows[0]?.changes).toHaveLength(3);
  expect(request).toMatchObject({
    channels: ['email', 'sms'],
    rows: [{ email: 'a@example.com', phoneNumber: '+31201234567' }],
  });
});

test('a batch of one list’s 2,500 people is three requests, or three hundreds of them', () => {
  const subscribe = (index: number) =>
    jobOf(
      listJob({
        type: 'list.subscribe',
        list: { id: 'L1' },
        person: { email: `p${index}@example.com` },
      }),
    );
  const all = Array.from({ length: 2_500 }, (_, index) =>
    toListChanges('acme/AcCt01', subscribe(index), 'L1', {
      email: { value: `p${index}@example.com` },
    }),
  ).flat();
  expect(toRequests(all, '2025-01-15').map(({ rows }) => rows.length)).toEqual([1_000, 1_000, 500]);
  expect(toRequests(all, '2024-06-15')).toHaveLength(25);
});
