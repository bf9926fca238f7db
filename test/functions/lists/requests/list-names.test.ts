import { expect, test } from 'vitest';
import { startListsWorld } from '../lists-consumer.ts';

const delivered = { kind: 'delivered' };
const lists = 'GET /api/lists';
const hourMs = 3_600_000;
const subscribeTo = (name: string) => ({
  type: 'list.subscribe',
  list: { name },
  person: { email: 'ann@example.com' },
});
const numbered = Array.from({ length: 25 }, (_, index) => ({ name: `List ${index}` }));
const startWithLists = () => startListsWorld({ account: { lists: numbered } });

test('lists are looked up on every page: one beyond the first ten is found by its name', async () => {
  await using world = await startWithLists();
  expect(await world.run(subscribeTo('List 24'))).toEqual([delivered]);
  expect(world.account.profiles()[0]?.lists).toEqual(['List 24']);
  expect(world.klaviyo.countCalls({ endpoint: lists })).toBe(3);
});

test('names are asked for once, and the next instance reads them from the table', async () => {
  await using world = await startWithLists();
  await world.run(subscribeTo('List 1'), subscribeTo('List 2'), subscribeTo('List 3'));
  await world.run(subscribeTo('List 4'));
  const job = world.jobOf(subscribeTo('List 5'));
  expect(await world.startInstance()([job])).toEqual([delivered]);
  expect(world.klaviyo.countCalls({ endpoint: lists })).toBe(3);
  world.advance(hourMs);
  await world.run(subscribeTo('List 6'));
  expect(world.klaviyo.countCalls({ endpoint: lists })).toBe(6);
});

test('a list that was made since is found by asking once more', async () => {
  await using world = await startWithLists();
  await world.run(subscribeTo('List 1'));
  world.advance(1_000);
  world.account.seedLists([{ name: 'Fresh' }]);
  expect(await world.run(subscribeTo('Fresh'))).toEqual([delivered]);
});

test('a name that no list has is refused, and known ones are not held up by it', async () => {
  await using world = await startWithLists();
  const unknown = {
    kind: 'refused',
    reason: 'unknown_list',
    errorCode: 'no_list_of_this_name',
    pointer: '/list/name',
  };
  expect(await world.run(subscribeTo('Nowhere'), subscribeTo('List 3'))).toEqual([
    unknown,
    delivered,
  ]);
});

test('a name that two lists have is refused rather than guessed', async () => {
  await using world = await startListsWorld({
    account: { lists: [{ name: 'Twin' }, { name: 'Twin' }] },
  });
  expect(await world.run(subscribeTo('Twin'))).toMatchObject([
    { reason: 'unknown_list', errorCode: 'several_lists_of_this_name' },
  ]);
});

test('when Klaviyo cannot be asked, the names that are known still work', async () => {
  await using world = await startWithLists();
  await world.run(subscribeTo('List 1'));
  world.advance(1_000);
  world.klaviyo.setFaults([{ kind: 'status', status: 503, match: { endpoint: lists } }]);
  expect(await world.run(subscribeTo('List 1'), subscribeTo('Fresh'))).toMatchObject([
    delivered,
    { kind: 'retry' },
  ]);
});

test.each(['list.add', 'list.remove', 'list.subscribe', 'list.unsubscribe'])(
  'an id that Klaviyo does not know, or that is none, is refused for %s',
  async (type) => {
    const ann = { email: 'ann@example.com' };
    await using world = await startListsWorld({ account: { profiles: [{ attributes: ann }] } });
    for (const id of ['GONE01', 'no-such-list', 'no/such list'])
      expect(await world.run({ type, list: { id }, person: ann })).toMatchObject([
        { kind: 'refused', reason: 'unknown_list' },
      ]);
  },
);

test('an unknown list costs one call beside the question for 100 consents, however many people', async () => {
  await using world = await startListsWorld();
  const outcomes = await world.run(
    ...Array.from({ length: 100 }, (_, index) => ({
      type: 'list.subscribe',
      list: { id: 'GONE01' },
      person: { email: `p${index}@example.com` },
    })),
  );
  expect(outcomes.every((outcome) => outcome?.kind === 'refused')).toBe(true);
  expect(world.klaviyo.countCalls()).toBe(2);
});

test.each([
  ['after the names were', 0],
  ['long before the names were', 30 * 60_000],
])('a name whose list is gone is asked for anew by a job that was sent %s', async (_, ageMs) => {
  await using world = await startWithLists();
  await world.run(subscribeTo('List 1'));
  const cached = world.stored.get('acme/AcCt01');
  const renamed = cached?.lists.map((list) =>
    list.name === 'List 2' ? { ...list, id: 'GONE01' } : list,
  );
  world.stored.set('acme/AcCt01', { readAtMs: cached?.readAtMs ?? 0, lists: renamed ?? [] });
  world.advance(1_000);
  const job = world.jobOf(subscribeTo('List 2'), { firstSentAtMs: world.now() - ageMs });
  const instance = world.startInstance();
  expect(await instance([job])).toMatchObject([{ kind: 'retry' }]);
  expect(await instance([job])).toEqual([delivered]);
  expect(world.account.profiles()[0]?.lists).toEqual(['List 1', 'List 2']);
});
