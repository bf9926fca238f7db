/** The accounts, and what one of them holds: lists, members, events. */
import { type Html, html } from '../../../functions/oauth/pages/html.ts';
import type { CallCount } from '../call-log.ts';
import { eventHolds, listHolds, profileHolds } from '../search.ts';
import type { Account } from '../state/account.ts';
import type { RecordedEvent } from '../state/event-store.ts';
import type { List } from '../state/list-store.ts';
import type { Channel, Profile } from '../state/profile.ts';
import { sizesOf } from '../state-counts.ts';
import type { Page, Place } from './frame.ts';
import { type Cell, link, pagePart, searchable, table, time, type Wanted } from './pieces.ts';

export const pathOf = (account: Account, rest = ''): string =>
  `/accounts/${encodeURIComponent(account.id)}${rest}`;

export const profilePath = (account: Account, id: string): string =>
  pathOf(account, `/profiles/${encodeURIComponent(id)}`);

const home = [
  ['Accounts', '/'],
  ['Calls', '/calls'],
] as const;

export const homePlace = (here: 'Accounts' | 'Calls'): Place => ({ links: home, here });

/** A place in an account, beside its others. */
export const placeIn = (account: Account, here: 'Profiles' | 'Lists' | 'Events'): Place => ({
  here,
  links: [
    ...home,
    ['Profiles', pathOf(account, '/profiles')],
    ['Lists', pathOf(account, '/lists')],
    ['Events', pathOf(account, '/events')],
  ],
});

/** Who somebody is, in one line. */
export const nameOf = ({ id, identifiers }: Profile): string =>
  identifiers.email ?? identifiers.phone_number ?? identifiers.external_id ?? id;

/** Consent in a word or two. */
export const stateOf = ({ consent }: Profile, channel: Channel): string =>
  consent[channel].state.toLowerCase().replaceAll('_', ' ');

export const homePage = (accounts: readonly Account[], counts: readonly CallCount[]): Page => ({
  title: 'Accounts',
  place: homePlace('Accounts'),
  content: html`${table(
    'Accounts',
    ['Account', 'Id', 'Profiles', 'Lists', 'Events'],
    accounts.map((account) => {
      const { profiles, lists, events } = sizesOf(account);
      const name = link(pathOf(account, '/profiles'), account.name);
      return [name, account.id, String(profiles), String(lists), String(events)];
    }),
  )}
<h2>Calls so far</h2>
${table(
  'Calls',
  ['Endpoint', 'Account', 'Answer', 'Calls'],
  counts.map(({ endpoint, account = '-', status, count }) => [
    endpoint,
    account,
    status === 0 ? 'reset' : String(status),
    String(count),
  ]),
)}`,
});

const profileRows = (account: Account, profiles: readonly Profile[]): Html =>
  table(
    'Profiles',
    ['Profile', 'Name', 'E-mail', 'SMS', 'Changed'],
    profiles.map((profile): Cell[] => {
      const { first_name: first = '', last_name: last = '' } = profile.fields;
      return [
        link(profilePath(account, profile.id), nameOf(profile)),
        `${first ?? ''} ${last ?? ''}`.trim() || '-',
        stateOf(profile, 'email'),
        stateOf(profile, 'sms'),
        time(profile.updatedMicros / 1000),
      ];
    }),
  );

const profilesFound = (
  account: Account,
  path: string,
  profiles: readonly Profile[],
  wanted: Wanted,
): Html => {
  const found = profiles.filter((profile) => profileHolds(profile, wanted.words));
  const { total, items } = pagePart(found, wanted);
  return searchable(path, 'profiles', wanted, total, profileRows(account, items));
};

export const profilesPage = (account: Account, wanted: Wanted): Page => ({
  title: `Profiles of ${account.name}`,
  place: placeIn(account, 'Profiles'),
  content: profilesFound(
    account,
    pathOf(account, '/profiles'),
    [...account.profiles.all()].reverse(),
    wanted,
  ),
});

export const listsPage = (account: Account, wanted: Wanted): Page => {
  const found = account.lists.all().filter((list) => listHolds(list, wanted.words));
  const { total, items } = pagePart(found, wanted);
  const rows = items.map((list) => [
    link(pathOf(account, `/lists/${encodeURIComponent(list.id)}`), list.name),
    list.id,
    list.optIn.replaceAll('_', ' '),
    String(list.members.size),
  ]);
  const lists = table('Lists', ['List', 'Id', 'Opt-in', 'Members'], rows);
  return {
    title: `Lists of ${account.name}`,
    place: placeIn(account, 'Lists'),
    content: searchable(pathOf(account, '/lists'), 'lists', wanted, total, lists),
  };
};

export const listPage = (account: Account, list: List, wanted: Wanted): Page => {
  const path = pathOf(account, `/lists/${encodeURIComponent(list.id)}`);
  const members = [...list.members.keys()].flatMap((id) => account.profiles.get(id) ?? []);
  return {
    title: `List ${list.name}`,
    place: placeIn(account, 'Lists'),
    content: html`<p class="quiet">${list.id}, ${list.optIn.replaceAll('_', ' ')}</p>
${profilesFound(account, path, members, wanted)}`,
  };
};

export const eventRows = (account: Account, events: readonly RecordedEvent[]): Html =>
  table(
    'Events',
    ['Metric', 'Time', 'Profile', 'Value', 'Properties'],
    events.map(({ metric, timeSeconds, profileId, value, valueCurrency = '', properties }) => {
      const profile = account.profiles.get(profileId);
      return [
        metric.name,
        time(timeSeconds * 1000),
        profile ? link(profilePath(account, profileId), nameOf(profile)) : profileId,
        value === undefined ? '-' : `${value} ${valueCurrency}`.trim(),
        JSON.stringify(properties),
      ];
    }),
  );

export const eventsPage = (account: Account, wanted: Wanted): Page => {
  const found = account.events.all().filter((event) => eventHolds(event, wanted.words));
  const { total, items } = pagePart(found.toReversed(), wanted);
  return {
    title: `Events of ${account.name}`,
    place: placeIn(account, 'Events'),
    content: searchable(
      pathOf(account, '/events'),
      'events',
      wanted,
      total,
      eventRows(account, items),
    ),
  };
};
