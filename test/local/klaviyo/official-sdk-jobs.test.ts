import {
  ApiKeySession,
  DataPrivacyApi,
  DataPrivacyDeletionJobEnum,
  EventsApi,
  ListEnum,
  ListsApi,
  MetricsApi,
  ProfileBulkImportJobEnum,
  ProfileEnum,
  ProfileMergeEnum,
  ProfileSuppressionBulkCreateJobEnum,
  ProfileSuppressionBulkDeleteJobEnum,
  ProfilesApi,
} from 'klaviyo-api';
import { describe, expect, test } from 'vitest';
import { createTried, otherOperations } from './sdk-operations.ts';
import { eventBody, startTestKlaviyo, testKey } from './simulated-klaviyo.ts';

const { tried, watch } = createTried();

const email = 'ana@example.com';

const startWithSdk = async () => {
  const { simulator, call } = await startTestKlaviyo();
  watch(simulator);
  const session = new ApiKeySession(testKey);
  const apis = {
    profiles: new ProfilesApi(session),
    lists: new ListsApi(session),
    events: new EventsApi(session),
    metrics: new MetricsApi(session),
    dataPrivacy: new DataPrivacyApi(session),
  };
  for (const api of Object.values(apis)) api.basePath = simulator.url;
  const account = simulator.account();
  const [listId = ''] = account.seedLists([{ name: 'News' }]);
  return { simulator, call, account, listId, ...apis };
};

const person = (attributes: object = { email }) => ({ type: ProfileEnum.Profile, attributes });

describe("Klaviyo's own SDK, beyond single profiles,", () => {
  test('imports in bulk, and follows the job to its profiles and errors', async () => {
    const { profiles, account, listId } = await startWithSdk();
    account.seedProfiles([{ attributes: { email } }, { attributes: { externalId: 'c2' } }]);
    account.seedProfiles([{ attributes: { external_id: 'c1' } }]);
    const rows = [person({ email, externalId: 'c1' }), person({ email: 'b@example.com' })];
    const { response, body } = await profiles.bulkImportProfiles({
      data: {
        type: ProfileBulkImportJobEnum.ProfileBulkImportJob,
        attributes: { profiles: { data: rows } },
        relationships: { lists: { data: [{ type: ListEnum.List, id: listId }] } },
      },
    });
    expect([response.status, body.data.attributes.status]).toEqual([202, 'queued']);
    expect(body.data.attributes.expiresAt).toBeInstanceOf(Date);
    const { id } = body.data;
    const job = await profiles.getBulkImportProfilesJob(id, { include: ['lists'] });
    expect(job.body.data.attributes).toMatchObject({ completedCount: 1, failedCount: 1 });
    expect((await profiles.getBulkImportProfilesJobs()).body.data.map((one) => one.id)).toEqual([
      id,
    ]);
    const errors = await profiles.getErrorsForBulkImportProfilesJob(id);
    expect(errors.body.data[0]?.attributes).toMatchObject({
      code: 'duplicate_profile',
      source: { pointer: '/data/attributes/profiles/data/0/attributes' },
    });
    const written = await profiles.getProfilesForBulkImportProfilesJob(id);
    expect(written.body.data.map(({ attributes }) => attributes.email)).toEqual(['b@example.com']);
    const ids = await profiles.getProfileIdsForBulkImportProfilesJob(id);
    expect(ids.body.data.map((one) => one.id)).toEqual(written.body.data.map((one) => one.id));
    const lists = await profiles.getListForBulkImportProfilesJob(id);
    expect(lists.body.data.map(({ attributes }) => attributes.name)).toEqual(['News']);
    const listIds = await profiles.getListIdsForBulkImportProfilesJob(id);
    expect(listIds.body.data.map((one) => one.id)).toEqual([listId]);
  });

  test('merges profiles, and deletes a person', async () => {
    const { profiles, dataPrivacy, account } = await startWithSdk();
    const [from = '', into = ''] = account.seedProfiles([
      { attributes: { email } },
      { attributes: { external_id: 'c1' } },
    ]);
    const relationships = { profiles: { data: [{ type: ProfileEnum.Profile, id: from }] } };
    const merged = await profiles.mergeProfiles({
      data: { type: ProfileMergeEnum.ProfileMerge, id: into, relationships },
    });
    expect([merged.response.status, merged.body.data.id]).toEqual([202, into]);
    expect((await profiles.getProfile(from)).body.data.id).toBe(into);
    const deleted = await dataPrivacy.requestProfileDeletion({
      data: {
        type: DataPrivacyDeletionJobEnum.DataPrivacyDeletionJob,
        attributes: { profile: { data: person({ email }) } },
      },
    });
    expect(deleted.response.status).toBe(202);
    await expect(profiles.getProfile(into)).rejects.toMatchObject({ response: { status: 404 } });
  });

  test('suppresses people in bulk, and lifts it', async () => {
    const { profiles, account } = await startWithSdk();
    const attributes = { profiles: { data: [person()] } };
    const suppressed = await profiles.bulkSuppressProfiles({
      data: {
        type: ProfileSuppressionBulkCreateJobEnum.ProfileSuppressionBulkCreateJob,
        attributes: attributes as never,
      },
    });
    expect(suppressed.body.data.attributes.status).toBe('processing');
    const { id } = suppressed.body.data;
    const job = await profiles.getBulkSuppressProfilesJob(id);
    expect(job.body.data.attributes).toMatchObject({ status: 'complete', completedCount: 1 });
    expect((await profiles.getBulkSuppressProfilesJobs()).body.data).toHaveLength(1);
    expect(account.profiles()[0]?.suppressions).toHaveLength(1);
    const lifted = await profiles.bulkUnsuppressProfiles({
      data: {
        type: ProfileSuppressionBulkDeleteJobEnum.ProfileSuppressionBulkDeleteJob,
        attributes: attributes as never,
      },
    });
    const removal = await profiles.getBulkUnsuppressProfilesJob(lifted.body.data.id);
    expect(removal.body.data.attributes.completedCount).toBe(1);
    expect((await profiles.getBulkUnsuppressProfilesJobs()).body.data).toHaveLength(1);
    expect(account.profiles()[0]?.suppressions).toEqual([]);
  });

  test('makes a list, and reads it and those of a profile', async () => {
    const { lists, profiles, account, listId } = await startWithSdk();
    const [id = ''] = account.seedProfiles([{ attributes: { email }, lists: [listId] }]);
    const attributes = { name: 'Shoppers', optInProcess: 'double_opt_in' as const };
    const made = await lists.createList({ data: { type: ListEnum.List, attributes } });
    expect([made.response.status, made.body.data.attributes.optInProcess]).toEqual([
      201,
      'double_opt_in',
    ]);
    const counted = await lists.getList(listId, { additionalFieldsList: ['profile_count'] });
    expect(counted.body.data.attributes.profileCount).toBe(1);
    const ofProfile = await profiles.getListsForProfile(id);
    expect(ofProfile.body.data.map((one) => one.id)).toEqual([listId]);
    const ids = await profiles.getListIdsForProfile(id);
    expect(ids.body.data.map((one) => one.id)).toEqual([listId]);
  });

  test('reads metrics and events by their ids', async () => {
    const { events, metrics, account, call } = await startWithSdk();
    await call('POST', '/api/events', { body: eventBody({ unique_id: 'o1' }, { email }) });
    const event = await events.getEvent(account.events()[0]?.id ?? '', { include: ['metric'] });
    expect(event.body.data.attributes.eventProperties).toMatchObject({ $event_id: 'o1' });
    const { body } = await metrics.getMetrics();
    expect(body.data.map(({ attributes }) => attributes.name)).toEqual(['Placed Order']);
    const metric = await metrics.getMetric(body.data[0]?.id ?? '');
    expect(metric.body.data.attributes.name).toBe('Placed Order');
  });
});

test('there is none of these operations that the SDK was not tried with', () => {
  expect(otherOperations.filter((endpoint) => !tried.has(endpoint))).toEqual([]);
});
