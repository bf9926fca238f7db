import type { CallCount } from './call-log.ts';
import type { Account } from './state/account.ts';

/** How much an account holds. */
export const sizesOf = (account: Account) => ({
  profiles: [...account.profiles.all()].length,
  lists: account.lists.all().length,
  events: account.events.all().length,
});

/** What the simulator holds and has answered, in numbers. */
export const stateOf = (accounts: readonly Account[], calls: readonly CallCount[]) => ({
  accounts: accounts.map((account) => ({
    ...{ id: account.id, name: account.name },
    ...sizesOf(account),
  })),
  calls,
});
