/** Accounts. */
import type * as z from 'zod';
import type { World } from '../../world.ts';
import { accountOf } from '../found.ts';
import { ControlRefusal, defineOperation } from '../operation.ts';
import {
  accountSettings,
  seedAccount,
  shownAccount,
  toShownAccount,
} from '../shapes/account-shapes.ts';

type Seed = z.output<typeof seedAccount>;

/** Ids and keys tell accounts apart. */
const refuseTwin = ({ accounts }: World, { id, privateKeys = [] }: Seed): void => {
  if (accounts.some((account) => account.id === id)) {
    throw new ControlRefusal(409, `id: there is an account ${id} already`);
  }
  const known = new Set(accounts.flatMap((account) => account.privateKeys.map(({ key }) => key)));
  if (privateKeys.some(({ key }) => known.has(key))) {
    throw new ControlRefusal(409, 'privateKeys: another account has this key');
  }
};

export const accountOperations = [
  defineOperation({
    name: 'create-account',
    method: 'POST',
    path: '/accounts',
    purpose: 'One more account, with its keys, lists and profiles.',
    body: seedAccount,
    answer: shownAccount,
    respond: ({ control: { world }, body }) => {
      refuseTwin(world, body);
      return toShownAccount(world.addAccount(body));
    },
  }),
  defineOperation({
    name: 'show-account',
    method: 'GET',
    path: '/accounts/{account}',
    purpose: 'An account, its keys, and how much it holds.',
    answer: shownAccount,
    respond: ({ control: { world }, param }) => toShownAccount(accountOf(world, param('account'))),
  }),
  defineOperation({
    name: 'configure-account',
    method: 'PATCH',
    path: '/accounts/{account}',
    purpose:
      'Changes how the account behaves where Klaviyo accounts differ; what is left out stays.',
    body: accountSettings,
    answer: shownAccount,
    respond: ({ control: { world }, param, body }) => {
      const account = accountOf(world, param('account'));
      const { smsMinimumAgeYears: age = account.settings.smsMinimumAgeYears, ...rest } = body;
      Object.assign(account.settings, rest, { smsMinimumAgeYears: age ?? undefined });
      return toShownAccount(account);
    },
  }),
];
