/** OAuth, seen from the merchant's side and from Klaviyo's. */
import * as z from 'zod';
import { accountOf } from '../found.ts';
import { ControlRefusal, defineOperation } from '../operation.ts';
import { seedOAuthApp } from '../shapes/account-shapes.ts';
import { count, done, id, instantText, toText } from '../shapes/basics.ts';

const ofAccount = z.strictObject({ account: id.exactOptional() });
const died = z.strictObject({ grants: count });

const shownGrant = z.strictObject({
  account: z.string(),
  clientId: z.string(),
  scopes: z.array(z.string()),
  expiresAt: instantText.meta({ description: 'when the refresh token dies, unless it is used' }),
});

export const oauthOperations = [
  defineOperation({
    name: 'register-app',
    method: 'POST',
    path: '/oauth/apps',
    purpose: 'One more OAuth app.',
    body: seedOAuthApp,
    answer: done,
    respond: ({ control: { world }, body }) => {
      if (world.apps.some(({ clientId }) => clientId === body.clientId)) {
        throw new ControlRefusal(409, `clientId: there is an app ${body.clientId} already`);
      }
      world.apps.push(body);
      return { done: true };
    },
  }),
  defineOperation({
    name: 'set-auto-consent',
    method: 'PUT',
    path: '/oauth/auto-consent',
    purpose: 'Whose merchant consents without being asked: an account, `deny`, or null for a page.',
    body: z.strictObject({ account: id.nullable() }),
    answer: done,
    respond: ({ control: { world }, body: { account } }) => {
      if (account !== null && account !== 'deny') accountOf(world, account);
      world.autoConsent = account ?? undefined;
      return { done: true };
    },
  }),
  defineOperation({
    name: 'list-grants',
    method: 'GET',
    path: '/oauth/grants',
    purpose: 'Which app may do what in which account, without the tokens.',
    answer: z.strictObject({ grants: z.array(shownGrant) }),
    respond: ({ control: { world } }) => ({
      grants: world.grants.all().map(({ accountId, clientId, scopes, expiresAtMs }) => ({
        ...{ account: accountId, clientId, scopes: [...scopes] },
        expiresAt: toText(expiresAtMs),
      })),
    }),
  }),
  defineOperation({
    name: 'expire-access-tokens',
    method: 'POST',
    path: '/oauth/expire-access-tokens',
    purpose: 'All access tokens, or those of an account, expire now. Refresh tokens stay.',
    body: ofAccount,
    answer: done,
    respond: ({ control: { world }, body: { account } }) => {
      world.grants.expireAccessTokens(account && accountOf(world, account).id);
      return { done: true };
    },
  }),
  defineOperation({
    name: 'revoke-grants',
    method: 'POST',
    path: '/oauth/revoke-grants',
    purpose: 'Klaviyo revokes the grants that match: their refresh and access tokens die.',
    body: z.strictObject({ account: id.exactOptional(), clientId: id.exactOptional() }),
    answer: died,
    respond: ({ control: { world }, body: { account, clientId } }) => {
      if (account !== undefined) accountOf(world, account);
      return { grants: world.grants.revokeAll({ accountId: account, clientId }) };
    },
  }),
  defineOperation({
    name: 'uninstall-apps',
    method: 'POST',
    path: '/oauth/uninstall-apps',
    purpose: 'The merchant removes all apps from the account.',
    body: z.strictObject({ account: id }),
    answer: died,
    respond: ({ control: { world }, body }) => {
      const { id: accountId } = accountOf(world, body.account);
      return { grants: world.grants.revokeAll({ accountId }) };
    },
  }),
];
