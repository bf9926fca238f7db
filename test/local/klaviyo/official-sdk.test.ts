import {
  AccountsApi,
  ApiKeySession,
  EventBulkCreateEnum,
  EventBulkCreateJobEnum,
  EventEnum,
  EventsApi,
  ListEnum,
  ListsApi,
  MetricEnum,
  OAuthApi,
  OAuthSession,
  Pkce,
  ProfileEnum,
  ProfileSubscriptionBulkCreateJobEnum,
  ProfileSubscriptionBulkDeleteJobEnum,
  ProfilesApi,
  type RetrievedTokens,
} from 'klaviyo-api';
import { describe, expect, test } from 'vitest';
import type { KlaviyoSimulatorOptions } from '../../../local/klaviyo/simulator.ts';
import { startTestKlaviyo, testAccount, testKey } from './simulated-klaviyo.ts';

const email = 'ana@example.com';

/** The SDK's own view of the simulator, at the SDK's own revision. */
const startWithSdk = async (options: KlaviyoSimulatorOptions = {}) => {
  const { simulator } = await startTestKlaviyo(options);
  const session = new ApiKeySession(testKey);
  const accounts = new AccountsApi(session);
  const profiles = new ProfilesApi(session);
  const lists = new ListsApi(session);
  const events = new EventsApi(session);
  for (const api of [accounts, profiles, lists, events]) api.basePath = simulator.url;
  const account = simulator.account();
  const [listId = ''] = account.seedLists([{ name: 'News' }]);
  return { simulator, account, accounts, profiles, lists, events, listId };
};

const person = (attributes: object = { email }) => ({ type: ProfileEnum.Profile, attributes });
const metric = { data: { type: MetricEnum.Metric, attributes: { name: 'Placed Order' } } };

describe("Klaviyo's own SDK", () => {
  test('reads the account', async () => {
    const { accounts } = await startWithSdk();
    const { body } = await accounts.getAccounts();
    expect(body.data[0]?.id).toBe(testAccount);
    expect(body.data[0]?.attributes.contactInformation.organizationName).toBe('Simulated Shop');
  });

  test('creates, reads, changes and imports a profile', async () => {
    const { profiles } = await startWithSdk();
    const attributes = { email, firstName: 'Ána', properties: { size: 'M' } };
    const created = await profiles.createProfile({ data: person(attributes) });
    expect(created.response.status).toBe(201);
    const id = created.body.data.id ?? '';
    expect(created.body.data.attributes.created).toBeInstanceOf(Date);

    const data = { type: ProfileEnum.Profile, id, attributes: { firstName: null } };
    const updated = await profiles.updateProfile(id, { data });
    expect(updated.body.data.attributes.firstName).toBeNull();

    const read = await profiles.getProfile(id, {
      additionalFieldsProfile: ['subscriptions', 'predictive_analytics'],
      include: ['lists'],
    });
    expect(read.body.data.attributes).toMatchObject({
      email,
      properties: { size: 'M' },
      subscriptions: { email: { marketing: { consent: 'NEVER_SUBSCRIBED' } } },
      predictiveAnalytics: { historicNumberOfOrders: null },
    });

    const imported = await profiles.createOrUpdateProfile({ data: person() });
    expect([imported.response.status, imported.body.data.id]).toEqual([200, id]);
  });

  test('finds profiles by filter, and follows the pages', async () => {
    const { profiles, account } = await startWithSdk();
    account.seedProfiles(
      Array.from({ length: 5 }, (_, index) => ({ attributes: { email: `p${index}@example.com` } })),
    );
    const found = await profiles.getProfiles({ filter: 'equals(email,"p3@example.com")' });
    expect(found.body.data.map(({ attributes }) => attributes.email)).toEqual(['p3@example.com']);

    const first = await profiles.getProfiles({ sort: '-updated', pageSize: 3 });
    // The SDK takes the cursor out of https links only.
    const pageCursor = new URL(first.body.links?.next ?? '').searchParams.get('page[cursor]') ?? '';
    const second = await profiles.getProfiles({ sort: '-updated', pageSize: 3, pageCursor });
    const ids = [...first.body.data, ...second.body.data].map(({ id }) => id);
    expect(new Set(ids).size).toBe(5);
  });

  test('is told of a taken identifier', async () => {
    const { profiles } = await startWithSdk();
    const { body } = await profiles.createProfile({ data: person() });
    const meta = { duplicate_profile_id: body.data.id };
    await expect(profiles.createProfile({ data: person() })).rejects.toMatchObject({
      response: { status: 409, data: { errors: [{ code: 'duplicate_profile', meta }] } },
    });
  });

  test('finds a list, fills it, looks at it and empties it', async () => {
    const { lists, profiles, listId } = await startWithSdk();
    const found = await lists.getLists({ filter: 'equals(name,["News"])' });
    expect(found.body.data[0]?.id).toBe(listId);
    expect(found.body.data[0]?.attributes.optInProcess).toBe('single_opt_in');

    const { body } = await profiles.createProfile({ data: person() });
    const members = { data: [{ type: ProfileEnum.Profile, id: body.data.id ?? '' }] };
    expect((await lists.addProfilesToList(listId, members)).response.status).toBe(204);
    const shown = await lists.getProfilesForList(listId, { filter: `equals(email,"${email}")` });
    expect(shown.body.data[0]?.attributes.joinedGroupAt).toBeInstanceOf(Date);
    expect((await lists.removeProfilesFromList(listId, members)).response.status).toBe(204);
    expect((await lists.getProfilesForList(listId)).body.data).toEqual([]);
  });

  test('subscribes and unsubscribes', async () => {
    const { profiles, account, listId } = await startWithSdk();
    const relationships = { list: { data: { type: ListEnum.List, id: listId } } };
    const row = <Consent extends string>(consent: Consent) =>
      person({ email, subscriptions: { email: { marketing: { consent } } } });
    const subscribed = await profiles.bulkSubscribeProfiles({
      data: {
        type: ProfileSubscriptionBulkCreateJobEnum.ProfileSubscriptionBulkCreateJob,
        attributes: { profiles: { data: [row('SUBSCRIBED') as never] } },
        relationships,
      },
    });
    expect(subscribed.response.status).toBe(202);
    expect(account.profiles()[0]).toMatchObject({
      email,
      lists: ['News'],
      consent: { email: 'SUBSCRIBED' },
    });
    const unsubscribed = await profiles.bulkUnsubscribeProfiles({
      data: {
        type: ProfileSubscriptionBulkDeleteJobEnum.ProfileSubscriptionBulkDeleteJob,
        attributes: { profiles: { data: [row('UNSUBSCRIBED') as never] } },
      },
    });
    expect(unsubscribed.response.status).toBe(202);
    expect(account.profiles()[0]?.consent.email).toBe('UNSUBSCRIBED');
  });

  test('records events singly and in bulk, and reads them', async () => {
    const { events, account } = await startWithSdk();
    const single = await events.createEvent({
      data: {
        type: EventEnum.Event,
        attributes: {
          properties: { Items: ['Shoe'] },
          time: new Date('2026-11-01T10:00:00Z'),
          value: 9.99,
          valueCurrency: 'EUR',
          uniqueId: 'o1',
          metric,
          profile: { data: person() },
        },
      },
    });
    expect(single.response.status).toBe(202);
    const bulk = await events.bulkCreateEvents({
      data: {
        type: EventBulkCreateJobEnum.EventBulkCreateJob,
        attributes: {
          eventsBulkCreate: {
            data: [
              {
                type: EventBulkCreateEnum.EventBulkCreate,
                attributes: {
                  profile: { data: person() },
                  events: {
                    data: [
                      {
                        type: EventEnum.Event,
                        attributes: { properties: {}, uniqueId: 'o2', metric },
                      },
                    ],
                  },
                },
              },
            ],
          },
        },
      },
    });
    expect(bulk.response.status).toBe(202);
    const profileId = account.profiles()[0]?.id;
    const filter = `equals(profile_id,"${profileId}")`;
    const read = await events.getEvents({
      filter,
      include: ['metric', 'profile'],
      sort: 'datetime',
    });
    expect(read.body.data.map(({ attributes }) => attributes.eventProperties)).toEqual([
      { Items: ['Shoe'], $value: 9.99, $value_currency: 'EUR', $event_id: 'o1' },
      { $value: 0, $value_currency: 'USD', $event_id: 'o2' },
    ]);
    expect(read.body.data[0]?.attributes.datetime).toEqual(new Date('2026-11-01T10:00:00Z'));
  });

  test('waits for Retry-After and tries again', async () => {
    const { accounts, simulator } = await startWithSdk({
      faults: [{ kind: 'status', status: 429, times: 1, retryAfterSeconds: 1 }],
    });
    expect((await accounts.getAccounts()).body.data).toHaveLength(1);
    expect(simulator.countCalls({ status: 429 })).toBe(1);
  });

  test('connects by OAuth, and refreshes its tokens', async () => {
    const redirectUri = 'https://bridge.example/callback';
    const app = { clientId: 'app', clientSecret: 'secret', redirectUris: [redirectUri] };
    const { simulator, lists } = await startWithSdk({
      oauthApps: [app],
      autoConsent: testAccount,
      oauth: { rotateRefreshTokens: true },
    });
    let kept: RetrievedTokens = { accessToken: '', refreshToken: '' };
    const storage = {
      retrieve: () => ({ accessToken: kept.accessToken, refreshToken: kept.refreshToken }),
      save: (_customer: string, tokens: RetrievedTokens) => {
        kept = tokens;
      },
    };
    const oauth = Object.assign(new OAuthApi(app.clientId, app.clientSecret, storage), {
      authorizeUrl: `${simulator.url}/oauth/authorize`,
      tokenUrl: `${simulator.url}/oauth/token`,
    });
    const { codeVerifier, codeChallenge } = Pkce.generateCodes();
    const url = oauth.generateAuthorizeUrl('state-1', 'lists:read', codeChallenge, redirectUri);
    const { headers } = await fetch(url, { redirect: 'manual' });
    const code = new URL(headers.get('location') ?? '').searchParams.get('code') ?? '';
    await oauth.createTokens('customer', codeVerifier, code, redirectUri);
    const first = kept;
    expect(first.accessToken).not.toBe('');

    const api = new ListsApi(new OAuthSession('customer', oauth));
    api.basePath = lists.basePath;
    simulator.expireAccessTokens();
    expect((await api.getLists()).body.data).toHaveLength(1);
    expect(kept.refreshToken).not.toBe(first.refreshToken);
  });
});
