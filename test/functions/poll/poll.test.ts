import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { linkKeys } from '../../../shared/platform/contract/tables.ts';
import { startPollStage } from './poll-stage.ts';

const ann = { email: 'ann@example.com', first_name: 'Ann' };
const seeded = (n: number) => ({ email: `p${n}@example.com`, properties: { n } });

describe('a scan', () => {
  test('tells of a change once, with attributes and subscriptions', async () => {
    await using stage = await startPollStage();
    const [id = ''] = stage.seed(ann);
    expect((await stage.tick()).messages).toEqual([]); // from now on

    stage.pass(20_000);
    stage.account.changeProfile(id, { first_name: 'Anna', properties: { plan: 'gold' } });
    const { messages, outcome } = await stage.tick();
    expect(messages).toEqual([
      {
        type: 'customer.changed',
        connectionId: 'acme',
        changeId: expect.stringMatching(`^acme/${id}/2026-11-23T12:01:20.000Z/.{12}$`),
        changedAt: '2026-11-23T12:01:20.000Z',
        profile: {
          profileId: id,
          attributes: expect.objectContaining({
            email: 'ann@example.com',
            first_name: 'Anna',
            properties: { plan: 'gold' },
          }),
          subscriptions: expect.objectContaining({ email: expect.anything() }),
        },
        match: null,
      },
    ]);
    expect(messages[0]?.profile.attributes).not.toHaveProperty('subscriptions');
    expect(stage.inbound[0]?.groupId).toBe('acme');
    expect(outcome).toMatchObject({ due: 1, finished: 1, failed: 0, published: 1, skipped: 0 });

    expect((await stage.tick()).outcome).toMatchObject({ published: 0, skipped: 1 });
    expect((await stage.tick()).outcome).toMatchObject({ published: 0 });
  });

  test('tells of a new profile that has nothing but its id', async () => {
    await using stage = await startPollStage({ settings: { poll: { startFrom: 'beginning' } } });
    const [id = ''] = stage.seed({});
    expect((await stage.tick()).messages).toMatchObject([{ profile: { profileId: id } }]);
    expect((await stage.tick()).messages).toEqual([]);
  });

  test('begins no page that it has no time to publish, and is gone on with by the next run', async () => {
    await using stage = await startPollStage({ settings: { poll: { startFrom: 'beginning' } } });
    stage.seed(...Array.from({ length: 250 }, (_, n) => seeded(n)));
    const { outcome } = await stage.tick({}, 60_000, 3_999);
    expect(outcome).toMatchObject({ due: 1, finished: 0, failed: 0, published: 0 });
    expect(stage.simulator.countCalls()).toBe(0);
    stage.onPublish = async () => {
      stage.onPublish = async () => {};
      stage.pass(51_000);
    };
    expect((await stage.tick()).outcome).toMatchObject({ finished: 0, failed: 0 });
    expect(stage.inbound.length).toBeLessThan(250);
    expect((await stage.tick()).outcome).toMatchObject({ finished: 1 });
    expect(stage.inbound).toHaveLength(250);
  });

  test('that another run has taken over reads no further', async () => {
    await using stage = await startPollStage({ settings: { poll: { startFrom: 'beginning' } } });
    stage.seed(...Array.from({ length: 500 }, (_, n) => seeded(n)));
    // It hung for so long over its first page that its lease has ended.
    stage.onPublish = async () => {
      stage.onPublish = async () => {};
      stage.pass(70_001);
      await stage.cursors.resume(stage.memoryKey, 'another run');
    };
    const { outcome } = await stage.tick();
    expect(outcome).toMatchObject({ finished: 0, failed: 0, published: 100 });
    expect(stage.simulator.countCalls({ endpoint: 'GET /api/profiles' })).toBeLessThanOrEqual(2);
    expect((await stage.cursors.read(stage.memoryKey)).begun?.pageCursor).toBeUndefined();
  });

  test('tells of a second change within the same second that was visible only later', async () => {
    await using stage = await startPollStage();
    const [id = ''] = stage.seed(ann);
    await stage.tick();
    stage.account.changeProfile(id, { first_name: 'One' });
    const changedAtMs = stage.now();
    const [first] = (await stage.tick()).messages;
    stage.account.changeProfile(id, { first_name: 'Two' }, changedAtMs + 900);
    const [second] = (await stage.tick({}, 5_000)).messages;
    expect(second).toBeUndefined(); // it is not due yet
    const [third] = (await stage.tick({}, 50_000)).messages;
    expect(third?.changedAt).toBe(first?.changedAt);
    expect(third?.profile.attributes.first_name).toBe('Two');
    expect(third?.changeId).not.toBe(first?.changeId);
  });

  test('finds what Klaviyo shows 45 seconds late, with many in one second', async () => {
    await using stage = await startPollStage({ simulator: { delays: { visibilityMs: 45_000 } } });
    const ids = stage.seed(...Array.from({ length: 250 }, (_, n) => seeded(n)));
    stage.account.processPending();
    await stage.tick();
    stage.pass(50_000);
    for (const id of ids) stage.account.changeProfile(id, { properties: { changed: true } });
    const found = new Set<string>();
    for (let run = 0; run < 4; run += 1)
      for (const { profile } of (await stage.tick()).messages) found.add(profile.profileId);
    expect(found.size).toBe(250);
    expect(stage.inbound).toHaveLength(250);
  });

  test('of the whole account takes one call per hundred profiles', async () => {
    await using stage = await startPollStage({ settings: { poll: { startFrom: 'beginning' } } });
    stage.seed(...Array.from({ length: 1_000 }, (_, n) => seeded(n)));
    const { outcome, messages } = await stage.tick();
    expect(outcome).toMatchObject({ published: 1_000 });
    expect(new Set(messages.map(({ profile }) => profile.profileId)).size).toBe(1_000);
    expect(stage.simulator.countCalls({ endpoint: 'GET /api/profiles' })).toBe(10);
    const { watermarkMs = 0, begun, leaseUntilMs } = await stage.cursors.read(stage.memoryKey);
    expect(watermarkMs).toBe(stage.now() - 5_000);
    expect([begun, leaseUntilMs]).toEqual([undefined, undefined]);
  });

  test('from a date begins at that date, the very second included', async () => {
    const startFrom = '2026-11-20T10:00:00+00:00';
    await using stage = await startPollStage({ settings: { poll: { startFrom } } });
    const [before = '', at = ''] = stage.seed(seeded(1), seeded(2));
    stage.account.changeProfile(before, { first_name: 'x' }, Date.parse(startFrom) - 1);
    stage.account.changeProfile(at, { first_name: 'x' }, Date.parse(startFrom));
    const { messages } = await stage.tick();
    expect(messages.map(({ profile }) => profile.profileId)).toEqual([at]);
  });

  test('gets around profiles that were deleted or merged away', async () => {
    await using stage = await startPollStage();
    const [a = '', b = '', c = ''] = stage.seed(seeded(1), seeded(2), seeded(3));
    await stage.tick();
    for (const id of [a, b, c]) stage.account.changeProfile(id, { first_name: 'x' });
    stage.account.deleteProfile(a);
    stage.account.mergeProfiles(b, c);
    const { messages } = await stage.tick();
    expect(messages.map(({ profile }) => profile.profileId)).toEqual([c]);
  });

  test('asks nothing while not a second has passed', async () => {
    await using stage = await startPollStage();
    await stage.tick();
    await stage.tick({ connectionId: 'acme' }, 0);
    expect(stage.simulator.countCalls()).toBe(0);
  });
});

describe('an idle connection', () => {
  test('costs one call a minute, and a write every five', async () => {
    await using stage = await startPollStage();
    await stage.tick();
    const marks = new Set<number | undefined>();
    for (let minute = 0; minute < 10; minute += 1) {
      await stage.tick();
      marks.add((await stage.cursors.read(stage.memoryKey)).watermarkMs);
    }
    expect(stage.simulator.countCalls()).toBe(10);
    expect(marks.size).toBe(3); // where it began, and twice on from there
  });

  test('is polled as often as its settings say', async () => {
    await using stage = await startPollStage({ settings: { poll: { everySeconds: 180 } } });
    await stage.tick();
    for (let minute = 0; minute < 9; minute += 1) await stage.tick();
    expect(stage.simulator.countCalls()).toBe(3);
  });
});

describe('our own writes', () => {
  const sent = { customerId: 'c1', email: 'ann@example.com', firstName: 'Ann' };

  test('do not come back: neither a new profile, nor a change, nor two in a row', async () => {
    await using stage = await startPollStage();
    await stage.tick();
    await stage.send({ ...sent, properties: { plan: 'gold' } });
    expect((await stage.tick()).outcome).toMatchObject({ published: 0, echoes: 1 });
    await stage.send({ ...sent, lastName: 'Lee' });
    stage.pass(2_000);
    await stage.send({ customerId: 'c1', properties: { plan: null, size: 'm' } });
    expect((await stage.tick()).outcome).toMatchObject({ published: 0, echoes: 1 });
  });

  test('do not come back because of what Klaviyo writes into a profile by itself', async () => {
    await using stage = await startPollStage();
    await stage.tick();
    await stage.send({ ...sent, properties: { plan: 'gold' } });
    const [profile] = stage.account.profiles();
    const properties = { $source: 'API', $consent: ['email'], company_id: stage.account.id };
    stage.account.changeProfile(profile?.id ?? '', { properties });
    expect((await stage.tick()).outcome).toMatchObject({ published: 0, echoes: 1 });
    stage.account.changeProfile(profile?.id ?? '', { properties: { plan: 'silver' } });
    expect((await stage.tick()).outcome).toMatchObject({ published: 1 });
  });

  test('do not hide a change made in Klaviyo within the same second', async () => {
    await using stage = await startPollStage();
    await stage.tick();
    await stage.send(sent);
    await stage.tick();
    await stage.send({ ...sent, lastName: 'Lee' });
    const [profile] = stage.account.profiles();
    stage.account.changeProfile(profile?.id ?? '', { title: 'Dr' });
    const { messages } = await stage.tick();
    expect(messages).toMatchObject([
      {
        profile: { attributes: { last_name: 'Lee', title: 'Dr' } },
        match: { customerId: 'c1', by: 'link' },
      },
    ]);
  });

  test('do not hide a change made in Klaviyo just before', async () => {
    await using stage = await startPollStage();
    await stage.tick();
    await stage.send(sent);
    await stage.tick();
    const [profile] = stage.account.profiles();
    stage.account.changeProfile(profile?.id ?? '', { title: 'Dr' });
    stage.pass(20_000);
    await stage.send({ ...sent, lastName: 'Lee' });
    expect((await stage.tick()).messages).toHaveLength(1);
  });

  test('do not hide that somebody took them back in Klaviyo', async () => {
    await using stage = await startPollStage();
    const [id = ''] = stage.seed({ ...ann, title: 'Ms' });
    await stage.tick();
    stage.account.changeProfile(id, { first_name: 'Anna' });
    expect((await stage.tick()).messages).toHaveLength(1); // told: Anna, Ms
    await stage.send({ ...sent, title: 'Dr' });
    stage.pass(5_000);
    stage.account.changeProfile(id, { title: 'Ms', first_name: 'Anna', external_id: null });
    // The same as it was told, but not what it has sent since.
    expect((await stage.tick()).messages).toHaveLength(1);
  });

  test('tell once of a profile that was in Klaviyo before, which nobody has seen', async () => {
    await using stage = await startPollStage();
    stage.seed({ ...ann, properties: { vip: true } });
    await stage.tick();
    await stage.send(sent);
    expect((await stage.tick()).messages).toMatchObject([
      { profile: { attributes: { properties: { vip: true } } }, match: { by: 'link' } },
    ]);
    await stage.send({ ...sent, lastName: 'Lee' });
    expect((await stage.tick()).outcome).toMatchObject({ published: 0, echoes: 1 });
  });
});

test('what was told of a profile is forgotten in time, until it is somebody’s', async () => {
  await using stage = await startPollStage();
  const [id = ''] = stage.seed(ann);
  await stage.tick();
  stage.account.changeProfile(id, { title: 'Dr' });
  await stage.tick();
  const toldItem = async () => {
    const pk = linkKeys.published(`acme/${stage.account.id}`, id);
    const get = new GetItemCommand({ TableName: stage.linksTable, Key: { pk: { S: pk } } });
    return (await stage.client.send(get)).Item;
  };
  expect(await toldItem()).toHaveProperty('expiresAt');
  await stage.send({ customerId: 'c1', email: 'ann@example.com', firstName: 'Anna' });
  expect((await stage.tick()).outcome).toMatchObject({ published: 0, echoes: 1 });
  expect(await toldItem()).not.toHaveProperty('expiresAt');
});

describe('whose a profile is', () => {
  const customer = { customerId: 'c1', email: 'ann@example.com', phoneNumber: '+31201234567' };

  /** A customer whose profile was deleted in Klaviyo, and appears there again by itself. */
  const startWithAnotherProfile = async (
    attributes: { readonly email?: string; readonly phone_number?: string },
    settings: Record<string, unknown> = {},
  ) => {
    const stage = await startPollStage({ settings });
    await stage.tick();
    await stage.send(customer);
    await stage.tick();
    stage.account.deleteProfile(stage.account.profiles()[0]?.id ?? '');
    const [id = ''] = stage.seed(attributes);
    stage.account.changeProfile(id, { first_name: 'x' });
    return { stage, id };
  };

  test('is proposed by e-mail, in whatever case it is written', async () => {
    const { stage } = await startWithAnotherProfile({ email: 'ANN@example.com' });
    await using _ = stage;
    expect((await stage.tick()).messages).toMatchObject([
      { match: { customerId: 'c1', by: 'email' } },
    ]);
  });

  test('is proposed by phone, where the e-mail is nobody’s', async () => {
    const { stage, id } = await startWithAnotherProfile({
      email: 'new@example.com',
      phone_number: '+31201234567',
    });
    await using _ = stage;
    const match = { customerId: 'c1', by: 'phone' };
    expect((await stage.tick()).messages).toMatchObject([{ match }]);
    // A proposal is no link: until it is confirmed, it stays one.
    stage.account.changeProfile(id, { first_name: 'y' });
    expect((await stage.tick()).messages).toMatchObject([{ match }]);
  });

  test('is linked once the other system confirms it with a job for that pair', async () => {
    const { stage, id } = await startWithAnotherProfile({ email: 'ann@example.com' });
    await using _ = stage;
    await stage.tick();
    await stage.send({ ...customer, profileId: id });
    await stage.tick();
    stage.account.changeProfile(id, { first_name: 'y' });
    expect((await stage.tick()).messages).toMatchObject([{ match: { by: 'link' } }]);
  });

  test('is linked at once where the connection says so', async () => {
    const autoLink = { poll: { autoLink: true } };
    const { stage, id } = await startWithAnotherProfile({ email: 'ann@example.com' }, autoLink);
    await using _ = stage;
    expect((await stage.tick()).messages).toMatchObject([{ match: { by: 'email' } }]);
    stage.account.changeProfile(id, { first_name: 'y' });
    expect((await stage.tick()).messages).toMatchObject([
      { match: { customerId: 'c1', by: 'link' } },
    ]);
  });
});

describe('one connection', () => {
  test('whose credentials are refused is held, and stops no other', async () => {
    await using stage = await startPollStage();
    await stage.connect('refused', { poll: { startFrom: 'beginning' } });
    const [id = ''] = stage.seed(ann);
    await stage.tick();
    stage.account.changeProfile(id, { first_name: 'x' });
    expect((await stage.tick()).messages).toHaveLength(1);
    expect((await stage.connections.read('refused'))?.status).toBe('needs_authorisation');
  });

  test('that is paused or not to be polled is left alone', async () => {
    await using stage = await startPollStage({ settings: { poll: { enabled: false } } });
    await stage.connect('paused', { status: 'paused', poll: { startFrom: 'beginning' } });
    expect((await stage.tick()).outcome).toMatchObject({ due: 0 });
    expect(stage.simulator.countCalls()).toBe(0);
  });

  test('that fails is counted and logged, and goes on where it was', async () => {
    await using stage = await startPollStage({ settings: { poll: { startFrom: 'beginning' } } });
    stage.seed(...Array.from({ length: 250 }, (_, n) => seeded(n)));
    stage.simulator.setFaults([{ kind: 'status', status: 500, skip: 1, times: 3 }]);
    const failed = await stage.tick();
    stage.simulator.setFaults([]);
    const { outcome } = await stage.tick();
    expect(failed.outcome).toMatchObject({ failed: 1 });
    expect(outcome).toMatchObject({ finished: 1 });
    expect(stage.inbound).toHaveLength(250);
    expect(stage.lines.join()).toContain('"ScansFailed":1');
  });

  test('can be scanned by hand', async () => {
    await using stage = await startPollStage({ settings: { poll: { startFrom: 'beginning' } } });
    await stage.connect('other', { poll: { startFrom: 'beginning' } });
    stage.seed(ann);
    const { outcome, messages } = await stage.tick({ connectionId: 'other' });
    expect(outcome).toMatchObject({ due: 1, published: 1 });
    expect(messages[0]?.connectionId).toBe('other');
  });
});

describe('a reader that has fallen behind', () => {
  test('pauses all scans, which a metric says, and loses nothing', async () => {
    await using stage = await startPollStage({ settings: { poll: { startFrom: 'beginning' } } });
    stage.seed(ann);
    stage.waiting.count = 100_000;
    expect((await stage.tick()).messages).toEqual([]);
    expect(stage.simulator.countCalls()).toBe(0);
    expect(stage.lines.join()).toContain('"PollPaused":1');
    stage.waiting.count = 99_999;
    expect((await stage.tick()).messages).toHaveLength(1);
  });
});

describe('manual sync', () => {
  test('publishes the profiles as they are, with predictive analytics', async () => {
    await using stage = await startPollStage();
    const [id = ''] = stage.seed(ann);
    const { outcome, messages } = await stage.tick({ connectionId: 'acme', profileIds: [id] });
    expect(outcome).toEqual({ connectionId: 'acme', published: 1, unknownProfileIds: [] });
    expect(messages[0]?.profile).toMatchObject({
      attributes: { predictive_analytics: { historic_clv: null } },
      subscriptions: { email: expect.anything() },
    });
    const again = await stage.tick({ connectionId: 'acme', profileIds: [id] });
    expect(again.messages.map(({ changeId }) => changeId)).toEqual([messages[0]?.changeId]);
  });

  test('reports the ids that Klaviyo does not know, and finds the merged ones', async () => {
    await using stage = await startPollStage();
    const [a = '', b = ''] = stage.seed(seeded(1), seeded(2));
    stage.account.mergeProfiles(a, b);
    const gone = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
    const { outcome, messages } = await stage.tick({
      connectionId: 'acme',
      profileIds: [a, gone, 'not an id'],
    });
    expect(outcome).toMatchObject({
      published: 1,
      unknownProfileIds: expect.arrayContaining([gone, 'not an id']),
    });
    expect(messages.map(({ profile }) => profile.profileId)).toEqual([b]);
    expect(stage.lines.join()).toContain(gone);
  });

  test('takes no fault of Klaviyo for the absence of a profile', async () => {
    await using stage = await startPollStage();
    const [id = ''] = stage.seed(ann);
    stage.simulator.setFaults([{ kind: 'status', status: 503 }]);
    const sync = () => stage.tick({ connectionId: 'acme', profileIds: [id] });
    await expect(sync()).rejects.toMatchObject({ name: 'KlaviyoServerError' });
    const many = stage.seed(...Array.from({ length: 20 }, (_, n) => seeded(n)));
    await expect(stage.tick({ connectionId: 'acme', profileIds: many })).rejects.toMatchObject({
      name: 'KlaviyoServerError',
    });
  });

  test('of many takes a call per hundred', async () => {
    await using stage = await startPollStage();
    const ids = stage.seed(...Array.from({ length: 200 }, (_, n) => seeded(n)));
    const { outcome } = await stage.tick({ connectionId: 'acme', profileIds: ids });
    expect(outcome).toMatchObject({ published: 200, unknownProfileIds: [] });
    expect(stage.simulator.countCalls()).toBe(2);
  });

  test('is not repeated by the next scan', async () => {
    await using stage = await startPollStage();
    const [id = ''] = stage.seed(ann);
    await stage.tick();
    stage.account.changeProfile(id, { first_name: 'x' });
    await stage.tick({ connectionId: 'acme', profileIds: [id] }, 10_000);
    expect((await stage.tick()).outcome).toMatchObject({ published: 0, skipped: 1 });
  });

  test.each([
    [{ profileIds: ['P1'] }],
    [{ connectionId: 'acme', profileIds: [] }],
    [{ connectionId: 'acme', profiles: ['P1'] }],
    [{ connectionId: 'no such' }],
    [{ connectionId: 'nobody' }],
    ['acme'],
  ])('refuses %j', async (event) => {
    await using stage = await startPollStage();
    await expect(stage.tick(event)).rejects.toThrow(/poll cannot be invoked|no connection/);
  });

  test('says so where there is no such connection, or it is not connected', async () => {
    await using stage = await startPollStage();
    await stage.connect('paused', { status: 'paused' });
    const sync = (connectionId: string) => stage.tick({ connectionId, profileIds: ['P1'] });
    await expect(sync('nobody')).rejects.toThrow('there is no connection nobody');
    await expect(sync('paused')).rejects.toThrow('connection paused is not connected');
  });
});

test.each([[undefined], [null], [{}], [{ version: '0', source: 'aws.scheduler', detail: '{}' }]])(
  'the schedule may send %j',
  async (event) => {
    await using stage = await startPollStage();
    expect((await stage.tick(event)).outcome).toMatchObject({ due: 1 });
  },
);
