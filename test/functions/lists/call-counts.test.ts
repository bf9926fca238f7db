import { expect, test } from 'vitest';
import { listsQueue } from '../../../shared/jobs/contract/queues.ts';
import { startListsWorld } from './lists-consumer.ts';

const people = Number(process.env.LIST_PEOPLE ?? 10_000);
const batches = people / listsQueue.batchSize;
const newsletter = { name: 'Newsletter' };

/** So many jobs, in batches as the queue gives them out. */
const runAll = async (
  world: Awaited<ReturnType<typeof startListsWorld>>,
  message: (index: number) => Record<string, unknown>,
) => {
  for (let batch = 0; batch < batches; batch += 1) {
    const jobs = Array.from({ length: listsQueue.batchSize }, (_, index) =>
      message(batch * listsQueue.batchSize + index),
    );
    const outcomes = await world.run(...jobs);
    expect(outcomes.every((outcome) => outcome?.kind === 'delivered')).toBe(true);
  }
};

test.each(['2023-10-15', '2026-07-15'])(
  'at revision %s subscribing costs one call per 1,000 people, ten to ask for their consents, and one for the list’s name',
  async (revision) => {
    await using world = await startListsWorld({
      account: { lists: [newsletter] },
      settings: { revision },
    });
    await runAll(world, (index) => ({
      type: 'list.subscribe',
      list: newsletter,
      person: { email: `p${index}@example.com` },
    }));
    expect(world.account.profiles()).toHaveLength(people);
    expect(world.klaviyo.countCalls()).toBe(batches + people / 100 + 1);
  },
);

test('adding linked customers costs one call per 1,000 people, and one for the list’s name', async () => {
  const idOf = (index: number) => `01${String(index).padStart(24, '0')}`;
  await using world = await startListsWorld({
    account: {
      lists: [newsletter],
      profiles: Array.from({ length: people }, (_, index) => ({
        id: idOf(index),
        attributes: { email: `p${index}@example.com` },
      })),
    },
  });
  for (let index = 0; index < people; index += 1) {
    world.links.customer(`c${index}`, idOf(index));
    world.links.email(`p${index}@example.com`, idOf(index));
  }
  const named = (index: number) =>
    [{ profileId: idOf(index) }, { customerId: `c${index}` }, { email: `p${index}@example.com` }][
      index % 3
    ];
  await runAll(world, (index) => ({ type: 'list.add', list: newsletter, person: named(index) }));
  expect(world.account.lists()[0]?.members.size).toBe(people);
  expect(world.klaviyo.countCalls()).toBe(batches + 1);
});
