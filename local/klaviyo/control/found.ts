import type { Account } from '../state/account.ts';
import type { List } from '../state/list-store.ts';
import type { Profile } from '../state/profile.ts';
import type { World } from '../world.ts';
import { ControlRefusal } from './operation.ts';

/** What a call names, or its refusal. */
const foundOr = <T>(found: T | undefined, kind: string, id: string): T => {
  if (found === undefined) throw new ControlRefusal(404, `there is no ${kind} ${id}`);
  return found;
};

/** The account, with all work done that is due. */
export const accountOf = ({ accounts }: World, id: string): Account => {
  const account = foundOr(
    accounts.find((one) => one.id === id),
    'account',
    id,
  );
  account.processPending();
  return account;
};

export const profileOf = (account: Account, id: string): Profile =>
  foundOr(account.profiles.get(id), 'profile', id);

export const listOf = (account: Account, id: string): List =>
  foundOr(account.lists.get(id), 'list', id);
