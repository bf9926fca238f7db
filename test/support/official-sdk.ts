/** What somebody else's code does with a Klaviyo, by Klaviyo's own SDK. */
import {
  AccountsApi,
  ApiKeySession,
  ListEnum,
  ListsApi,
  ProfileEnum,
  ProfileSubscriptionBulkCreateJobEnum,
  ProfilesApi,
  RetryWithExponentialBackoff,
} from 'klaviyo-api';

export const officialSdk = (url: string, privateKey: string) => {
  const patient = new RetryWithExponentialBackoff({ numRetries: 50 });
  const session = new ApiKeySession(privateKey, patient);
  const accounts = new AccountsApi(session);
  const profiles = new ProfilesApi(session);
  const lists = new ListsApi(session);
  for (const api of [accounts, profiles, lists]) api.basePath = url;
  const person = (attributes: object) => ({ type: ProfileEnum.Profile, attributes });

  return {
    accountId: async () => (await accounts.getAccounts()).body.data[0]?.id,
    create: async (email: string) =>
      (await profiles.createProfile({ data: person({ email }) })).body.data.id ?? '',
    import: async (email: string, firstName: string) =>
      (await profiles.createOrUpdateProfile({ data: person({ email, firstName }) })).body.data.id,
    subscribe: async (email: string, listId: string) => {
      const subscriptions = { email: { marketing: { consent: 'SUBSCRIBED' } } };
      const answer = await profiles.bulkSubscribeProfiles({
        data: {
          type: ProfileSubscriptionBulkCreateJobEnum.ProfileSubscriptionBulkCreateJob,
          attributes: { profiles: { data: [person({ email, subscriptions }) as never] } },
          relationships: { list: { data: { type: ListEnum.List, id: listId } } },
        },
      });
      return answer.response.status;
    },
    emailsOn: async (listId: string) =>
      (await lists.getProfilesForList(listId)).body.data.map(({ attributes }) => attributes.email),
    read: async (id: string) => (await profiles.getProfile(id)).body.data.attributes,
  };
};
