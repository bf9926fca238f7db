/** Profiles, as they are seeded and as they are shown. */
import * as z from 'zod';
import { identifierProblems } from '../../identifiers.ts';
import { profileAttributes } from '../../operations/profile-body.ts';
import type { Account } from '../../state/account.ts';
import { type Consent, type Profile, suppressionReasons } from '../../state/profile.ts';
import { channel, count, id, instant, instantText, toText, toTextOrNull } from './basics.ts';

const text = z.string().nullable().optional();

/** Klaviyo's own names, as in its API, with identifiers that Klaviyo would take. */
export const attributes = z
  .strictObject({ ...profileAttributes('9999'), anonymous_id: text })
  .superRefine((write, context) => {
    const rules = { lenient: false, required: false };
    for (const { detail, source } of identifierProblems(write, '', rules)) {
      const place = source && 'pointer' in source ? source.pointer : '';
      context.addIssue({ code: 'custom', path: place.split('/').slice(1), message: detail });
    }
  });

export const seedProfile = z
  .strictObject({
    id: id.exactOptional(),
    attributes,
    updatedAt: instant.exactOptional(),
    lists: z.array(id).exactOptional().meta({ description: 'ids of lists' }),
    subscribed: z.array(channel).exactOptional(),
  })
  .transform(({ updatedAt, ...seed }) => ({
    ...seed,
    ...(updatedAt !== undefined && { updatedAtMs: updatedAt }),
  }));

const consent = z.strictObject({
  state: z.enum(['SUBSCRIBED', 'UNSUBSCRIBED', 'NEVER_SUBSCRIBED']),
  givenAt: instantText.nullable(),
  changedAt: instantText.nullable(),
  source: z.string().nullable(),
});

const toConsent = ({ state, givenAtMs, changedAtMs, source }: Consent) => ({
  ...{ state, source: source ?? null },
  givenAt: toTextOrNull(givenAtMs),
  changedAt: toTextOrNull(changedAtMs),
});

export const shownProfile = z.strictObject({
  id: z.string(),
  attributes: z
    .record(z.string(), z.unknown())
    .meta({ description: "what the profile has, under Klaviyo's own names" }),
  createdAt: instantText,
  updatedAt: instantText,
  lastEventAt: instantText.nullable(),
  consent: z.strictObject({ email: consent, sms: consent }),
  suppressions: z.array(z.strictObject({ reason: z.enum(suppressionReasons), at: instantText })),
  listSuppressions: z.array(z.strictObject({ list: z.string(), at: instantText })),
  lists: z.array(z.strictObject({ id: z.string(), name: z.string(), joinedAt: instantText })),
  events: count,
});

/** Klaviyo's names and the profile's values, without those that it does not have. */
export const attributesOf = ({ identifiers, fields, location, properties }: Profile) => ({
  ...identifiers,
  ...fields,
  ...(Object.keys(location).length > 0 && { location }),
  ...(Object.keys(properties).length > 0 && { properties }),
});

/** A profile with everything on it. */
export const toShownProfile = (
  account: Account,
  profile: Profile,
): z.output<typeof shownProfile> => ({
  id: profile.id,
  attributes: attributesOf(profile),
  createdAt: toText(profile.createdMicros / 1000),
  updatedAt: toText(profile.updatedMicros / 1000),
  lastEventAt: toTextOrNull(profile.lastEventMs),
  consent: { email: toConsent(profile.consent.email), sms: toConsent(profile.consent.sms) },
  suppressions: profile.suppressions.map(({ reason, atMs }) => ({ reason, at: toText(atMs) })),
  listSuppressions: profile.listSuppressions.map(({ listId, atMs }) => ({
    list: listId,
    at: toText(atMs),
  })),
  lists: account.lists.of(profile.id).map(({ id, name, members }) => ({
    ...{ id, name },
    joinedAt: toText(members.get(profile.id) ?? 0),
  })),
  events: account.events.of(profile.id).length,
});
