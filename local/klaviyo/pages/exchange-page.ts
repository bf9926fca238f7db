/** The pages by method and path. */
import { html } from '../../../functions/oauth/pages/html.ts';
import { findRoute } from '../../aws/http-api/route-matching.ts';
import type { CallLog } from '../call-log.ts';
import type { Incoming, Outgoing } from '../http-messages.ts';
import { decoded } from '../routes.ts';
import type { Account } from '../state/account.ts';
import type { World } from '../world.ts';
import {
  eventsPage,
  homePage,
  homePlace,
  listPage,
  listsPage,
  profilesPage,
} from './account-pages.ts';
import { callsPage } from './calls-page.ts';
import { type Page, toOutgoing } from './frame.ts';
import { type Wanted, wantedOf } from './pieces.ts';
import { profilePage } from './profile-page.ts';

interface PageRequest {
  readonly world: World;
  readonly log: CallLog;
  readonly wanted: Wanted;
  /** Of the account, profile or list that the path names. */
  readonly account: string;
  readonly id: string;
}

export const notFound: Page = {
  title: 'There is no such page',
  status: 404,
  place: homePlace('Accounts'),
  content: html`<p>Nothing is here any more, or ever was. The accounts show what there is.</p>`,
};

const inAccount =
  (show: (account: Account, request: PageRequest) => Page | undefined) =>
  (request: PageRequest): Page => {
    const account = request.world.accounts.find(({ id }) => id === request.account);
    account?.processPending();
    return (account && show(account, request)) ?? notFound;
  };

const routes: readonly { readonly key: string; readonly show: (request: PageRequest) => Page }[] = [
  {
    key: 'GET /',
    show: ({ world, log }) => {
      for (const account of world.accounts) account.processPending();
      return homePage(world.accounts, log.counts());
    },
  },
  { key: 'GET /calls', show: ({ log, wanted }) => callsPage(log.recent(), wanted) },
  {
    key: 'GET /accounts/{account}/profiles',
    show: inAccount((account, { wanted }) => profilesPage(account, wanted)),
  },
  {
    key: 'GET /accounts/{account}/profiles/{id}',
    show: inAccount((account, { id }) => {
      const profile = account.profiles.get(id);
      return profile && profilePage(account, profile);
    }),
  },
  {
    key: 'GET /accounts/{account}/lists',
    show: inAccount((account, { wanted }) => listsPage(account, wanted)),
  },
  {
    key: 'GET /accounts/{account}/lists/{id}',
    show: inAccount((account, { id, wanted }) => {
      const list = account.lists.get(id);
      return list && listPage(account, list, wanted);
    }),
  },
  {
    key: 'GET /accounts/{account}/events',
    show: inAccount((account, { wanted }) => eventsPage(account, wanted)),
  },
];

export const exchangePage = (world: World, log: CallLog, { method, url }: Incoming): Outgoing => {
  const found = findRoute(routes, method, url.pathname);
  if (!found) return toOutgoing(notFound);
  const { account = '', id = '' } = found.pathParameters;
  const wanted = wantedOf(url.searchParams);
  const request = { world, log, wanted, account: decoded(account), id: decoded(id) };
  return toOutgoing(found.route.show(request));
};
