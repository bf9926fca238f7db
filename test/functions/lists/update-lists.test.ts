import { expect, test } from 'vitest';
import { startListsWorld } from './lists-consumer.ts';

const delivered = { kind: 'delivered' };
const newer = { kind: 'superseded', by: 'newer' };
const news = { id: 'NEWS01' };
const ann = { email: 'ann@example.com' };
const at = (time: string) => `2026-11-20T${time}:00Z`;

/** An account with one list and, on it or not, people a@…, b@…, … */
const accountOf = (emails: readonly string[] = [], members: readonly string[] = []) => ({
  lists: [{ id: 'NEWS01', name: 'Newsletter' }],
  profiles: emails.map((email) => ({
    attributes: { email },
    lists: members.includes(email) ? ['NEWS01'] : [],
  })),
});

test('people are subscribed to a list in one call, and those whom Klaviyo does not know are made', async () => {
  await using world = await startListsWorld({ account: accountOf(['ann@example.com']) });
  const fates = await world.run(
    { type: 'list.subscribe', list: news, person: ann },
    { type: 'list.subscribe', list: news, person: { email: 'new@example.com' } },
  );
  expect(fates).toEqual([delivered, delivered]);
  expect(
    world.account.profiles().map(({ email, lists, consent }) => [email, lists, consent]),
  ).toEqual([
    ['ann@example.com', ['Newsletter'], { email: 'SUBSCRIBED', sms: 'NEVER_SUBSCRIBED' }],
    ['new@example.com', ['Newsletter'], { email: 'SUBSCRIBED', sms: 'NEVER_SUBSCRIBED' }],
  ]);
  expect(world.klaviyo.countCalls()).toBe(1);
});

test('a person is added by profile id, by link of customer, address or number, or by looking up', async () => {
  await using world = await startListsWorld({
    account: {
      lists: [{ id: 'NEWS01', name: 'Newsletter' }],
      profiles: [
        { id: '01AAAAAAAAAAAAAAAAAAAAAAAA', attributes: { email: 'a@example.com' } },
        { id: '01BBBBBBBBBBBBBBBBBBBBBBBB', attributes: { email: 'b@example.com' } },
        { id: '01CCCCCCCCCCCCCCCCCCCCCCCC', attributes: { email: 'c@example.com' } },
        { id: '01DDDDDDDDDDDDDDDDDDDDDDDD', attributes: { phone_number: '+31201234567' } },
        { id: '01EEEEEEEEEEEEEEEEEEEEEEEE', attributes: { email: 'e+tag@example.com' } },
        { id: '01FFFFFFFFFFFFFFFFFFFFFFFF', attributes: { phone_number: '+31207654321' } },
      ],
    },
  });
  world.links.customer('c2', '01BBBBBBBBBBBBBBBBBBBBBBBB');
  world.links.email('c@example.com', '01CCCCCCCCCCCCCCCCCCCCCCCC');
  world.links.phone('+31201234567', '01DDDDDDDDDDDDDDDDDDDDDDDD');
  const people = [
    { profileId: '01AAAAAAAAAAAAAAAAAAAAAAAA' },
    { customerId: 'c2' },
    { email: 'C@example.com' },
    { phoneNumber: '+31201234567' },
    { email: 'E+tag@example.com' },
    { customerId: 'c6', phoneNumber: '+31207654321' },
  ];
  const fates = await world.run(
    ...people.map((person) => ({ type: 'list.add', list: news, person })),
  );
  expect(fates).toEqual(people.map(() => delivered));
  expect(world.account.members('NEWS01')).toHaveLength(6);
  expect(world.klaviyo.countCalls({ endpoint: 'GET /api/profiles' })).toBe(2);
  expect(world.klaviyo.countCalls()).toBe(3);
});
