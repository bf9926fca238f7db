/** Consent, given and taken back by the people themselves. */
import * as z from 'zod';
import { confirmOptIn, subscribe } from '../../state/consent.ts';
import { optOut, suppress, unsuppress } from '../../state/opt-out.ts';
import { suppressionReasons } from '../../state/profile.ts';
import { accountOf, listOf, profileOf } from '../found.ts';
import { type ControlCall, ControlRefusal, defineOperation } from '../operation.ts';
import { channel, id, instant } from '../shapes/basics.ts';
import { shownProfile, toShownProfile } from '../shapes/profile-shapes.ts';

const channels = z.array(channel).min(1);

const subscription = z.strictObject({
  channels,
  list: id.exactOptional(),
  source: z.string().min(1).exactOptional(),
  consentedAt: instant.exactOptional(),
});

const withdrawal = z
  .strictObject({ channels, list: id.exactOptional(), at: instant.exactOptional() })
  .refine(({ list, channels: all }) => list === undefined || !all.includes('sms'), {
    path: ['list'],
    message: 'consent by list is for email alone',
  });

const reason = z.enum(suppressionReasons);

const named = ({ control: { world }, param }: ControlCall<unknown, unknown>, listId?: string) => {
  const account = accountOf(world, param('account'));
  const list = listId === undefined ? undefined : listOf(account, listId);
  return { account, profile: profileOf(account, param('profile')), list };
};

const path = '/accounts/{account}/profiles/{profile}';

export const consentOperations = [
  defineOperation({
    name: 'subscribe-profile',
    method: 'POST',
    path: `${path}/subscribe`,
    purpose: 'The person opts in, to a list or to the account. Nothing is left to be confirmed.',
    body: subscription,
    answer: shownProfile,
    respond: (call) => {
      const { channels, list: listId, source, consentedAt } = call.body;
      const { account, profile, list } = named(call, listId);
      const given = consentedAt === undefined ? {} : { consentedAtMs: consentedAt };
      const request = {
        id: profile.id,
        identifiers: {},
        channels: channels.map((one) => ({ channel: one, ...given })),
      };
      subscribe(account, request, { list, source, historical: true });
      return toShownProfile(account, profile);
    },
  }),
  defineOperation({
    name: 'unsubscribe-profile',
    method: 'POST',
    path: `${path}/unsubscribe`,
    purpose: 'The person opts out: of one list, or without a list of everything.',
    body: withdrawal,
    answer: shownProfile,
    respond: (call) => {
      const { account, profile, list } = named(call, call.body.list);
      const { channels, at: atMs } = call.body;
      for (const one of channels)
        optOut(account, profile, { channel: one, listId: list?.id, atMs });
      return toShownProfile(account, profile);
    },
  }),
  defineOperation({
    name: 'suppress-profile',
    method: 'POST',
    path: `${path}/suppress`,
    purpose: 'Mail to the profile bounces, or is stopped. Consent stays as it is.',
    body: z.strictObject({ reason, at: instant.exactOptional() }),
    answer: shownProfile,
    respond: (call) => {
      const { account, profile } = named(call);
      suppress(account, profile, { reason: call.body.reason, atMs: call.body.at });
      return toShownProfile(account, profile);
    },
  }),
  defineOperation({
    name: 'unsuppress-profile',
    method: 'POST',
    path: `${path}/unsuppress`,
    purpose: 'Takes the suppressions for a reason back.',
    body: z.strictObject({ reason }),
    answer: shownProfile,
    respond: (call) => {
      const { account, profile } = named(call);
      unsuppress(account, profile, call.body.reason);
      return toShownProfile(account, profile);
    },
  }),
  defineOperation({
    name: 'confirm-opt-in',
    method: 'POST',
    path: `${path}/confirm`,
    purpose: 'The person follows the link in the mail of a double opt-in.',
    answer: shownProfile,
    respond: (call) => {
      const { account, profile } = named(call);
      if (!confirmOptIn(account, profile.id)) {
        throw new ControlRefusal(409, 'the profile was not asked to confirm anything');
      }
      return toShownProfile(account, profile);
    },
  }),
];
