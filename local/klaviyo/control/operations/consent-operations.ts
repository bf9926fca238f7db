/** Consent, given and taken back by the people themselves. */
import * as z from 'zod';
import { confirmOptIn, subscribe, unsubscribe } from '../../state/consent.ts';
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

const withdrawal = z.strictObject({ channels, list: id.exactOptional() });

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
    purpose: 'The person opts out: of a list that they are on, else of everything.',
    body: withdrawal,
    answer: shownProfile,
    respond: (call) => {
      const { account, profile, list } = named(call, call.body.list);
      const channels = call.body.channels.map((one) => ({ channel: one }));
      unsubscribe(account, { id: profile.id, identifiers: {}, channels }, list);
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
