import type { Call } from '../route.ts';
import type { Profile } from '../state/profile.ts';
import { wholeSeconds } from '../timestamps.ts';
import { listResource } from './list-resource.ts';
import { predictiveAnalytics } from './predictive-analytics.ts';
import { type Precision, plainAttributes, timesOf } from './profile-attributes.ts';
import { subscriptionsOf } from './profile-subscriptions.ts';
import { pickFields } from './resource.ts';

export interface ProfileView {
  /** @default none, as reads show it */
  readonly precision?: Precision;
  /** On a list: when the profile joined it. */
  readonly joinedAtMs?: number | undefined;
  /** Relationships that are named by their ids, not by links alone. @default none */
  readonly named?: readonly string[];
  /** Reads of profiles speak of conversations, all other answers of one. @default one */
  readonly conversations?: boolean;
}

/** `additional-fields` are shown whether or not `fields` names them. */
const additionalAttributes = ({ query, served, account }: Call, profile: Profile) => {
  const wanted = query.get('additional-fields[profile]')?.split(',') ?? [];
  return {
    ...(wanted.includes('subscriptions') && { subscriptions: subscriptionsOf(profile, served) }),
    ...(wanted.includes('predictive_analytics') && {
      predictive_analytics: predictiveAnalytics(profile, account, served),
    }),
  };
};

/** The relationships of a profile in a revision. */
const relationshipNames = (served: string, conversations: boolean): string[] => [
  'lists',
  'segments',
  ...(served >= '2025-01-15' ? ['push-tokens'] : []),
  ...(served >= '2026-04-15'
    ? [conversations && served >= '2026-07-15' ? 'conversations' : 'conversation']
    : []),
];

/** Whom a relationship leads to. The simulator has no segments, push tokens or conversations. */
const relatedIds = ({ account }: Call, profile: Profile, name: string) => {
  if (name === 'conversation') return null;
  if (name !== 'lists') return [];
  return account.lists.of(profile.id).map(({ id }) => ({ type: 'list', id }));
};

/** A profile as the answer to a call shows it. */
export const profileResource = (call: Call, profile: Profile, view: ProfileView = {}) => {
  const { precision = 'none', joinedAtMs, conversations = false } = view;
  const { served } = call;
  const attributes = {
    ...plainAttributes(profile, served),
    ...timesOf(profile, precision),
    ...(joinedAtMs !== undefined && { joined_group_at: wholeSeconds(joinedAtMs) }),
  };
  const self = `${call.origin}/api/profiles/${profile.id}/`;
  const named = view.named ?? [];
  const relationships = relationshipNames(served, conversations).map((name) => {
    const links = { self: `${self}relationships/${name}/`, related: `${self}${name}/` };
    const shows = named.includes(name);
    return [name, { ...(shows && { data: relatedIds(call, profile, name) }), links }];
  });
  return {
    type: 'profile',
    id: profile.id,
    attributes: {
      ...pickFields(attributes, call.query.get('fields[profile]')),
      ...additionalAttributes(call, profile),
    },
    relationships: Object.fromEntries(relationships),
    links: { self },
  };
};

/** Before 2024-05-15 every profile names its lists and segments. */
export const namedAlways = (served: string): string[] =>
  served < '2024-05-15' ? ['lists', 'segments'] : [];

/** The lists of a profile, for `included`. */
export const includedLists = (call: Call, profile: Profile) =>
  call.account.lists.of(profile.id).map((list) => listResource(call, list));
