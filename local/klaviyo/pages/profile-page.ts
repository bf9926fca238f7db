/** A profile with everything on it. */
import { type Html, html } from '../../../functions/oauth/pages/html.ts';
import type { Account } from '../state/account.ts';
import type { Channel, Profile } from '../state/profile.ts';
import { eventRows, nameOf, pathOf, placeIn, stateOf } from './account-pages.ts';
import type { Page } from './frame.ts';
import { link, pairs, table, time } from './pieces.ts';

const channels: readonly (readonly [Channel, string])[] = [
  ['email', 'E-mail'],
  ['sms', 'SMS'],
];
const shownEvents = 50;

const consents = (profile: Profile): Html =>
  table(
    'Consent',
    ['Channel', 'State', 'Given', 'Changed', 'Source'],
    channels.map(([channel, name]) => {
      const { givenAtMs, changedAtMs, source = '-' } = profile.consent[channel];
      return [name, stateOf(profile, channel), time(givenAtMs), time(changedAtMs), source];
    }),
  );

const suppressions = (account: Account, profile: Profile): Html =>
  table(
    'Suppressions',
    ['Of', 'Reason', 'Since'],
    [
      ...profile.suppressions.map(({ reason, atMs }) => ['e-mail', reason, time(atMs)]),
      ...profile.listSuppressions.map(({ listId, atMs }) => [
        `list ${account.lists.get(listId)?.name ?? listId}`,
        'UNSUBSCRIBE',
        time(atMs),
      ]),
    ],
  );

const lists = (account: Account, { id }: Profile): Html =>
  table(
    'Lists',
    ['List', 'Joined'],
    account.lists
      .of(id)
      .map((list) => [
        link(pathOf(account, `/lists/${encodeURIComponent(list.id)}`), list.name),
        time(list.members.get(id)),
      ]),
  );

export const profilePage = (account: Account, profile: Profile): Page => {
  const { id, identifiers, fields, location, properties } = profile;
  const events = account.events.of(id);
  const times = html`<dl><dt>created</dt><dd>${time(profile.createdMicros / 1000)}</dd>
<dt>changed</dt><dd>${time(profile.updatedMicros / 1000)}</dd>
<dt>last event</dt><dd>${time(profile.lastEventMs)}</dd></dl>`;
  return {
    title: nameOf(profile),
    place: placeIn(account, 'Profiles'),
    content: html`${pairs({ id, ...identifiers, ...fields })}
${times}
<h2>Consent</h2>
${consents(profile)}
${suppressions(account, profile)}
<h2>Lists</h2>
${lists(account, profile)}
<h2>Properties</h2>
${pairs(properties)}
<h2>Location</h2>
${pairs(location)}
<h2>Events</h2>
<p>${link(`${pathOf(account, '/events')}?${new URLSearchParams({ q: id })}`, `All ${events.length} events`)}</p>
${eventRows(account, events.slice(-shownEvents).reverse())}`,
  };
};
