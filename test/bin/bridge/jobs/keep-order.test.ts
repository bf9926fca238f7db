import { expect, test } from 'vitest';
import { type CheckedJob, checkJob } from '../../../../bin/bridge/jobs/check-job.ts';
import { createKeepOrder } from '../../../../bin/bridge/jobs/keep-order.ts';

const jobOf = (customerId: string, more: object = {}): CheckedJob => {
  const job = { type: 'customer.upsert', connectionId: 'acme', customer: { customerId }, ...more };
  const checked = checkJob(JSON.stringify(job));
  if ('problem' in checked) throw new Error(checked.problem);
  return checked;
};

const timesOf = (jobs: readonly CheckedJob[]) =>
  jobs.map(({ body }) => Date.parse(JSON.parse(body).occurredAt));

test('jobs about one person get times in the order of the file', () => {
  const keepOrder = createKeepOrder({ now: () => 1_000 });
  const [first, other, second, third] = timesOf(
    keepOrder(['ada', 'bob', 'ada', 'ada'].map((id) => jobOf(id))),
  );
  expect([first, second, third]).toEqual([1_000, 1_001, 1_002]);
  expect(other).toBe(1_000);
});

test('a later batch comes after an earlier one, though the clock stands still or goes back', () => {
  const clock = [1_000, 1_000, 500].values();
  const keepOrder = createKeepOrder({ now: () => clock.next().value ?? 0 });
  const times = [1, 2, 3].flatMap(() => timesOf(keepOrder([jobOf('ada'), jobOf('ada')])));
  expect(times).toEqual([1_000, 1_001, 1_002, 1_003, 1_004, 1_005]);
});

test('a job that says when it happened is left as it is, and so are events', () => {
  const said = jobOf('ada', { occurredAt: '2026-01-01T00:00:00Z' });
  const event = checkJob(
    '{"type":"event.track","connectionId":"acme","metric":"M","uniqueId":"1","person":{"customerId":"ada"}}',
  ) as CheckedJob;
  expect(createKeepOrder()([said, event])).toEqual([said, event]);
});

test('the rest of the text is not touched, large numbers included', () => {
  const job = jobOf('ada');
  const text = job.body.replace('"ada"', '"ada","properties":{"n":12345678901234567890.10}');
  const [stamped] = createKeepOrder({ now: () => 1_000 })([{ ...job, body: text }]);
  expect(stamped?.body).toBe(`{"occurredAt":"1970-01-01T00:00:01.000Z",${text.slice(1)}`);
});
