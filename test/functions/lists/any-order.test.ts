import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  drain,
  failures,
  histories,
  inOrder,
  isOn,
  lists,
  type Members,
  type Name,
  names,
  people,
  runs,
  type Step,
  startWorld,
  step,
} from './list-histories.ts';
import type { ListsWorld } from './lists-consumer.ts';

/** The same on two channels, and with unsubscriptions from everything. */
const anyStep: fc.Arbitrary<Step> = fc
  .record({
    one: step,
    channel: fc.constantFrom<'email' | 'sms'>('email', 'sms'),
    scope: fc.constantFrom<'list' | 'everywhere'>('list', 'everywhere'),
  })
  .map(({ one, ...rest }) => ({ ...one, ...rest }));

/** What holds in the end: the last statement about each list, and a subscription that nothing followed. */
const checkPerson = (world: ListsWorld, name: Name, steps: readonly Step[], members: Members) => {
  const own = inOrder(steps.filter(({ person }) => person === name));
  const profile = world.account.profile(people[name].id);
  const wasOn = (list: (typeof lists)[number]) =>
    members.some(([who, where]) => who === name && where === list);
  const isExpected = (list: (typeof lists)[number]) => {
    const last = own.findLast((one) => one.list === list);
    return last === undefined ? wasOn(list) : isOn(last);
  };
  expect(profile?.lists.toSorted()).toEqual(lists.filter(isExpected));
  const isSubscribed = (list: (typeof lists)[number]) =>
    own.findLast((one) => one.list === list && /subscribe$/.test(one.type))?.type ===
    'list.subscribe';
  // Never unsubscribed from everything by accident.
  expect(profile?.consent.email).not.toBe('UNSUBSCRIBED');
  if (lists.some(isSubscribed)) expect(profile?.consent.email).toBe('SUBSCRIBED');
};

describe.each([
  ['a Klaviyo that never fails', []],
  ['calls that fail after they had their effect', failures],
])('in whatever order jobs arrive, with instances that die and %s,', (_, faults) => {
  test('the last statement about each list holds, and nobody loses another consent', async () => {
    await fc.assert(
      fc.asyncProperty(histories(step), async (history) => {
        const { steps, members } = history;
        await using world = await startWorld(history, faults);
        const ends = await drain(world, history);
        expect(ends.filter((end) => end !== 'delivered' && end !== 'superseded')).toEqual([]);
        world.account.processPending();
        for (const name of names) checkPerson(world, name, steps, members);
      }),
      runs,
    );
  }, 600_000);

  test('the last consent holds, whatever was said before of whichever list', async () => {
    await fc.assert(
      fc.asyncProperty(histories(anyStep), async (history) => {
        const { steps } = history;
        await using world = await startWorld(history, faults);
        await drain(world, history);
        world.account.processPending();
        for (const name of names)
          for (const channel of ['email', 'sms'] as const) {
            const consents = steps.filter(
              (one) =>
                one.person === name && one.channel === channel && /subscribe$/.test(one.type),
            );
            const last = inOrder(consents).at(-1);
            const state = world.account.profile(people[name].id)?.consent[channel];
            if (last?.type === 'list.subscribe') expect(state).toBe('SUBSCRIBED');
            else if (last?.scope === 'everywhere') expect(state).toBe('UNSUBSCRIBED');
          }
      }),
      runs,
    );
  }, 600_000);
});
