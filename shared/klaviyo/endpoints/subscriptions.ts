import * as z from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { noContent } from '../json-api.ts';

const channel = z.enum(['email', 'sms']);

/** A person of a job: `channels` says for which of the addresses the consent holds. */
const subscriber = z.strictObject({
  profileId: z.string().min(1).optional(),
  email: z.string().optional(),
  phoneNumber: z.string().optional(),
  channels: z.array(channel).min(1),
  consentedAt: z.iso.datetime({ offset: true }).optional(),
  dateOfBirth: z.iso.date().optional(),
});

type Channel = z.output<typeof channel>;

/** Profiles in one subscribe job, by the revision whose rules hold. */
export const maxProfilesPerSubscribe = (shape: string): number =>
  shape < '2024-07-15' ? 100 : 1_000;

/** The first revision with a place for the date of birth that age-gated SMS asks for. */
export const takesDateOfBirth = (shape: string): boolean => shape >= '2024-05-15';

/** Profiles in one unsubscribe job, in every revision. */
export const maxProfilesPerUnsubscribe = 100;

const marketing = (channels: readonly Channel[], settings: object) =>
  Object.fromEntries(channels.map((name) => [name, { marketing: settings }]));

const addresses = ({
  email,
  phoneNumber,
}: {
  email?: string | undefined;
  phoneNumber?: string | undefined;
}) => ({
  ...(email === undefined ? {} : { email }),
  ...(phoneNumber === undefined ? {} : { phone_number: phoneNumber }),
});

const relationships = (listId: string | undefined) =>
  listId === undefined ? {} : { relationships: { list: { data: { type: 'list', id: listId } } } };

const subscription = {
  method: 'POST',
  tier: 'L',
  scopes: ['lists:write', 'profiles:write', 'subscriptions:write'],
  safeToRetry: true,
  output: noContent,
} as const;

/**
 * Subscribes people, to a list or account-wide. Klaviyo answers before it has done anything, and
 * tells nothing later. `consentedAt` is sent with `historicalImport` only: alone it is an error
 * from 2024-07-15 on.
 */
export const bulkSubscribeProfiles = defineEndpoint({
  ...subscription,
  path: '/api/profile-subscription-bulk-create-jobs',
  input: z.strictObject({
    listId: z.string().min(1).optional(),
    profiles: z.array(subscriber).min(1).max(1_000),
    customSource: z.string().optional(),
    historicalImport: z.boolean().optional(),
  }),
  toWire: ({ listId, profiles, customSource, historicalImport }, { shape }) => {
    const historical = historicalImport === true && shape >= '2024-07-15';
    return {
      body: {
        data: {
          type: 'profile-subscription-bulk-create-job',
          attributes: {
            ...(customSource === undefined ? {} : { custom_source: customSource }),
            ...(historical ? { historical_import: true } : {}),
            profiles: {
              data: profiles.map(
                ({ profileId, channels, consentedAt, dateOfBirth, ...person }) => ({
                  type: 'profile',
                  ...(profileId === undefined ? {} : { id: profileId }),
                  attributes: {
                    ...addresses(person),
                    subscriptions: marketing(channels, {
                      consent: 'SUBSCRIBED',
                      ...(historical && consentedAt !== undefined
                        ? { consented_at: consentedAt }
                        : {}),
                    }),
                    ...(dateOfBirth !== undefined && takesDateOfBirth(shape)
                      ? { age_gated_date_of_birth: dateOfBirth }
                      : {}),
                  },
                }),
              ),
            },
          },
          ...relationships(listId),
        },
      },
    };
  },
});

/**
 * Unsubscribes people. Mind the list: who is not on it is unsubscribed from everything. Without
 * `subscriptions` up to 2024-07-15, with it from 2025-01-15: no one body is valid in both.
 */
export const bulkUnsubscribeProfiles = defineEndpoint({
  ...subscription,
  path: '/api/profile-subscription-bulk-delete-jobs',
  safeToRetry: false, // the first time takes people off the list, and by the second they are not on it
  input: z.strictObject({
    listId: z.string().min(1).optional(),
    profiles: z
      .array(subscriber.omit({ profileId: true, consentedAt: true, dateOfBirth: true }))
      .min(1)
      .max(maxProfilesPerUnsubscribe),
  }),
  toWire: ({ listId, profiles }, { shape }) => ({
    body: {
      data: {
        type: 'profile-subscription-bulk-delete-job',
        attributes: {
          profiles: {
            data: profiles.map(({ channels, ...person }) => ({
              type: 'profile',
              attributes: {
                ...addresses(person),
                ...(shape < '2024-10-15'
                  ? {}
                  : { subscriptions: marketing(channels, { consent: 'UNSUBSCRIBED' }) }),
              },
            })),
          },
        },
        ...relationships(listId),
      },
    },
  }),
});
