import type { Call } from '../route.ts';
import type { Account } from '../state/account.ts';
import type { Consent, Profile } from '../state/profile.ts';
import { microseconds, wholeSeconds } from '../timestamps.ts';
import { listResource } from './list-resource.ts';
import { pickFields } from './resource.ts';

const at = (ms: number | undefined): string | null => (ms === undefined ? null : wholeSeconds(ms));

const consentDetails = ({ state, givenAtMs, changedAtMs, source }: Consent) => ({
  consent: state,
  consent_timestamp: at(givenAtMs),
  last_updated: at(changedAtMs),
  method: state === 'NEVER_SUBSCRIBED' ? null : 'API',
  method_detail: source ?? null,
});

const emailMarketing = (profile: Profile) => {
  const { email } = profile.consent;
  const suppressed = email.state === 'UNSUBSCRIBED' || profile.suppressions.length > 0;
  return {
    can_receive_email_marketing: profile.identifiers.email !== undefined && !suppressed,
    ...consentDetails(email),
    custom_method_detail: email.source ?? null,
    double_optin: email.doubleOptIn ?? null,
    suppression: profile.suppressions.map(({ reason, atMs }) => ({ reason, timestamp: at(atMs) })),
    list_suppressions: profile.listSuppressions.map(({ listId, atMs }) => ({
      list_id: listId,
      reason: 'UNSUBSCRIBE',
      timestamp: at(atMs),
    })),
  };
};

const untouched = { consent: 'NEVER_SUBSCRIBED', consent_timestamp: null, last_updated: null };
const channelOf = (served: string, first: string, value: object) => (served >= first ? value : {});

/** `subscriptions`: more channels with each revision; all but e-mail and SMS are never subscribed. */
const subscriptions = (profile: Profile, served: string) => {
  const details = consentDetails(profile.consent.sms);
  const marketing = {
    can_receive_sms_marketing: profile.consent.sms.state === 'SUBSCRIBED',
    ...details,
  };
  const transactional = { ...untouched, can_receive_sms_transactional: false };
  const whatsapp = { ...untouched, can_receive: false };
  const hasSms = served >= '2024-07-15' || profile.consent.sms.state !== 'NEVER_SUBSCRIBED';
  return {
    email: {
      marketing: emailMarketing(profile),
      ...channelOf(served, '2026-04-15', { open_tracking: { ...untouched, can_receive: true } }),
    },
    ...(hasSms && {
      sms: { marketing, ...channelOf(served, '2024-10-15', { transactional }) },
    }),
    ...channelOf(served, '2024-07-15', {
      mobile_push: { marketing: { ...untouched, can_receive_push_marketing: false } },
    }),
    ...channelOf(served, '2025-07-15', {
      whatsapp: { marketing: whatsapp, transactional: whatsapp, conversational: whatsapp },
    }),
  };
};

/** What Klaviyo would predict, here no more than what it has seen. */
const predictiveAnalytics = (profile: Profile, account: Account) => {
  const orders = account.events
    .of(profile.id)
    .filter(({ metric }) => metric.name === 'Placed Order');
  const spent = orders.reduce((sum, { value = 0 }) => sum + value, 0);
  return {
    historic_clv: spent,
    predicted_clv: 0,
    total_clv: spent,
    historic_number_of_orders: orders.length,
    predicted_number_of_orders: 0,
    average_days_between_orders: null,
    average_order_value: orders.length > 0 ? spent / orders.length : 0,
    churn_probability: null,
    expected_date_of_next_order: null,
  };
};

const scalars = ['first_name', 'last_name', 'organization', 'locale', 'title', 'image'];

/** The attributes that a profile always shows: null where there is none. */
const plainAttributes = (profile: Profile) => ({
  email: profile.identifiers.email ?? null,
  phone_number: profile.identifiers.phone_number ?? null,
  external_id: profile.identifiers.external_id ?? null,
  anonymous_id: profile.identifiers.anonymous_id ?? null,
  ...Object.fromEntries(scalars.map((name) => [name, profile.fields[name] ?? null])),
  last_event_date: at(profile.lastEventMs),
  location: profile.location,
  properties: profile.properties,
});

const timesOf = ({ createdMicros, updatedMicros }: Profile, fresh: boolean) => {
  const write = (micros: number) => (fresh ? microseconds(micros) : wholeSeconds(micros / 1000));
  return { created: write(createdMicros), updated: write(updatedMicros) };
};

export interface ProfileView {
  /** After a write: times in microseconds. @default false */
  readonly fresh?: boolean;
  /** On a list: when the profile joined it. */
  readonly joinedAtMs?: number | undefined;
  /** Whether `relationships.lists` names the lists. @default false */
  readonly withLists?: boolean;
}

/** A profile as the answer to a call shows it. */
export const profileResource = (call: Call, profile: Profile, view: ProfileView = {}) => {
  const additional = call.query.get('additional-fields[profile]')?.split(',') ?? [];
  const attributes = {
    ...plainAttributes(profile),
    ...timesOf(profile, view.fresh ?? false),
    ...(view.joinedAtMs !== undefined && { joined_group_at: at(view.joinedAtMs) }),
    ...(additional.includes('subscriptions') && {
      subscriptions: subscriptions(profile, call.served),
    }),
    ...(additional.includes('predictive_analytics') && {
      predictive_analytics: predictiveAnalytics(profile, call.account),
    }),
  };
  const self = `${call.origin}/api/profiles/${profile.id}/`;
  const related = (name: string) => ({
    links: { self: `${self}relationships/${name}/`, related: `${self}${name}/` },
  });
  const lists = view.withLists
    ? { data: call.account.lists.of(profile.id).map(({ id }) => ({ type: 'list', id })) }
    : {};
  return {
    type: 'profile',
    id: profile.id,
    attributes: pickFields(attributes, call.query.get('fields[profile]')),
    relationships: {
      lists: { ...lists, ...related('lists') },
      segments: { ...(view.withLists && { data: [] }), ...related('segments') },
    },
    links: { self },
  };
};

/** The lists of a profile, for `included`. */
export const includedLists = (call: Call, profile: Profile) =>
  call.account.lists.of(profile.id).map((list) => listResource(call, list));
