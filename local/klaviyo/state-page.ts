import type { CallCount } from './call-log.ts';
import { html } from './html.ts';
import type { Account } from './state/account.ts';

const sizes = (account: Account) => ({
  id: account.id,
  name: account.name,
  profiles: [...account.profiles.all()].length,
  lists: account.lists.all().length,
  events: account.events.all().length,
});

/** What the simulator holds and has answered, in numbers. */
export const stateOf = (accounts: readonly Account[], calls: readonly CallCount[]) => ({
  accounts: accounts.map(sizes),
  calls,
});

/** The same as a page. */
export const statePage = (accounts: readonly Account[], calls: readonly CallCount[]): string =>
  html('Simulated Klaviyo', [
    ['h1', 'Simulated Klaviyo'],
    [
      'table',
      [
        ['account', 'profiles', 'lists', 'events'],
        ...accounts
          .map(sizes)
          .map((row) => [
            `${row.name} (${row.id})`,
            ...[row.profiles, row.lists, row.events].map(String),
          ]),
      ],
    ],
    [
      'table',
      [
        ['endpoint', 'account', 'status', 'calls'],
        ...calls.map((row) => [
          row.endpoint,
          row.account ?? '',
          row.status === 0 ? 'reset' : String(row.status),
          String(row.count),
        ]),
      ],
    ],
  ]);
