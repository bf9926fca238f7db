/** Lists and who is on them. */
import * as z from 'zod';
import { accountOf, listOf, profileOf } from '../found.ts';
import { ControlRefusal, defineOperation } from '../operation.ts';
import { count, done, instantText, toText } from '../shapes/basics.ts';
import { seedList, shownList, toShownList } from '../shapes/list-shapes.ts';
import { pageQuery, shownPart } from '../shown-part.ts';

const path = '/accounts/{account}/lists';
const member = z.strictObject({
  profile: z.string(),
  email: z.string().nullable(),
  joinedAt: instantText,
});

export const listOperations = [
  defineOperation({
    name: 'seed-lists',
    method: 'POST',
    path,
    purpose: 'Puts lists into the account.',
    body: z.strictObject({ lists: z.array(seedList).min(1).max(1000) }),
    answer: z.strictObject({ ids: z.array(z.string()) }),
    respond: ({ control: { world }, param, body: { lists } }) => {
      const account = accountOf(world, param('account'));
      const ids = lists.flatMap(({ id }) => (id === undefined ? [] : [id]));
      const taken = ids.find((id, index) => account.lists.get(id) || ids.indexOf(id) < index);
      if (taken !== undefined) throw new ControlRefusal(409, `lists: ${taken} is taken as an id`);
      return { ids: lists.map((list) => account.lists.create(list).id) };
    },
  }),
  defineOperation({
    name: 'list-lists',
    method: 'GET',
    path,
    purpose: 'The lists of the account.',
    answer: z.strictObject({ lists: z.array(shownList) }),
    respond: ({ control: { world }, param }) => ({
      lists: accountOf(world, param('account')).lists.all().map(toShownList),
    }),
  }),
  defineOperation({
    name: 'list-members',
    method: 'GET',
    path: `${path}/{list}/members`,
    purpose: 'Who is on a list, and since when.',
    query: z.strictObject(pageQuery),
    answer: z.strictObject({ total: count, members: z.array(member) }),
    respond: ({ control: { world }, param, query }) => {
      const account = accountOf(world, param('account'));
      const { total, items } = shownPart([...listOf(account, param('list')).members], query);
      const members = items.map(([profile, joinedMs]) => ({
        profile,
        email: account.profiles.get(profile)?.identifiers.email ?? null,
        joinedAt: toText(joinedMs),
      }));
      return { total, members };
    },
  }),
  defineOperation({
    name: 'add-member',
    method: 'PUT',
    path: `${path}/{list}/members/{profile}`,
    purpose: 'Puts a profile on a list. Consent stays as it is.',
    answer: done,
    respond: ({ control: { world }, param }) => {
      const account = accountOf(world, param('account'));
      const profile = profileOf(account, param('profile'));
      account.lists.join(listOf(account, param('list')), profile.id);
      return { done: true };
    },
  }),
  defineOperation({
    name: 'remove-member',
    method: 'DELETE',
    path: `${path}/{list}/members/{profile}`,
    purpose: 'Takes a profile off a list. Consent stays as it is.',
    answer: done,
    respond: ({ control: { world }, param }) => {
      const account = accountOf(world, param('account'));
      const profile = profileOf(account, param('profile'));
      account.lists.leave(listOf(account, param('list')), profile.id);
      return { done: true };
    },
  }),
];
