/** The command line against a stage on this machine: real processes, real queues, real functions. */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { expectFailure, runBridge, runNode } from '../../support/bridge-command.ts';
import { type OperatedStage, oauthApp, startOperatedStage } from '../../support/operated-stage.ts';

let stage: OperatedStage;

beforeAll(async () => {
  stage = await startOperatedStage();
  await Promise.all([stage.connect('acme'), stage.connect('shop')]);
});

afterAll(() => stage.close());

/**
 * The groups go side by side, and the tests of a group one after the other. The time is for a
 * machine that is busy with other tests.
 */
const inOrder = { concurrent: false, timeout: 60_000 };

const upsert = (customerId: string, connectionId = 'acme', more: object = {}) => ({
  type: 'customer.upsert',
  connectionId,
  customer: { customerId, email: `${customerId}@example.com`, ...more },
});

const linesOf = (jobs: readonly unknown[]) => jobs.map((job) => JSON.stringify(job)).join('\n');

describe.concurrent('jobs', () => {
  test(
    'a file with a broken line is not sent, and its line and field are named',
    inOrder,
    async () => {
      const { emial, ...job } = { ...upsert('s-1'), emial: 'x' };
      const path = stage.file(
        'broken.jsonl',
        linesOf([upsert('s-0'), { ...job, emial }, upsert('s-2')]),
      );
      const outcome = await stage.bridge(`send ${path}`);
      expect(outcome.stderr).toContain('line 2: emial: there is no such field\n');
      expectFailure(
        outcome,
        'so nothing was: correct it, or send the other 2 jobs with --skip-broken',
      );
      expect(profileOf('s-0')).toBeUndefined();
    },
  );

  test(
    'the rest of it is sent where that is asked for, to the queues of the types',
    inOrder,
    async () => {
      stage.klaviyo.account().seedLists([{ name: 'Members' }]);
      const jobs = [
        upsert('s-3'),
        { type: 'nonsense' },
        {
          type: 'event.track',
          connectionId: 'acme',
          metric: 'Reviewed',
          uniqueId: 'r-1',
          person: { email: 's-3@example.com' },
        },
      ];
      const path = stage.file('rest.json', JSON.stringify(jobs, null, 2));
      const sent = await stage.bridgeJson(`send ${path} --skip-broken`);
      expect(sent).toMatchObject({
        sent: 2,
        byQueue: { customers: 1, events: 1 },
        brokenLines: 1,
        broken: [{ line: 10, problem: expect.stringContaining('type: must be one of') }],
      });
      expect(existsSync(`${path}.bridge-progress`)).toBe(false);
      await stage.aws.idle();
      stage.klaviyo.account().processPending();
      expect(profileOf('s-3')).toBeDefined();
      expect(stage.klaviyo.account().events().length).toBe(1);
    },
  );

  test(
    'standard input is sent too, and jobs about one customer keep their order',
    inOrder,
    async () => {
      const jobs = Array.from({ length: 40 }, (_, index) =>
        upsert('s-4', 'acme', { firstName: `Name ${index}` }),
      );
      expect((await stage.bridge('send -', { input: linesOf(jobs) })).stdout).toBe(
        'sent 40 jobs: customers 40\n',
      );
      await stage.aws.idle();
      expect(profileOf('s-4')?.fields).toMatchObject({ first_name: 'Name 39' });
    },
  );

  test('the producer example of the documentation does what it says', inOrder, async () => {
    const page = readFileSync(new URL('../../../docs/messages.md', import.meta.url), 'utf8');
    const [, example = ''] = /```ts\n(.*?)```/s.exec(page) ?? [];
    const environment = {
      ...stage.aws.environment,
      CUSTOMERS_QUEUE_URL: stage.aws.outputs['klaviyo-bridge-local']?.CustomersQueueUrl ?? '',
    };
    const words = ['--input-type=module-typescript', '--eval', example];
    expect((await runNode(words, { environment })).stderr).toBe('');
    await stage.aws.idle();
    expect(profileOf('C-1815')).toMatchObject({ email: 'ada@example.com' });
  });

  test('a dry run asks nobody, and sends nothing', inOrder, async () => {
    const path = stage.file('dry.jsonl', linesOf([upsert('s-5'), upsert('s-6')]));
    const { exitCode, stdout } = await stage.bridge(`send ${path} --dry-run`, {
      environment: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
    });
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: '2 jobs would be sent: customer.upsert 2\n',
    });
  });

  test('customers of a CSV file are sent as jobs', inOrder, async () => {
    const csv = 'Klant;E-mail;Voornaam;Maat\nl-1;l-1@example.com;Zoë;42\n';
    const path = stage.file('customers.csv', csv);
    const outcome = await stage.bridge(
      `load customers ${path} --connection acme --delimiter ; --map Klant=customerId --map Voornaam=firstName --properties`,
    );
    expect(outcome).toMatchObject({ exitCode: 0, stdout: 'sent 1 job: customers 1\n' });
    await stage.aws.idle();
    expect(profileOf('l-1')).toMatchObject({
      fields: { first_name: 'Zoë' },
      properties: { Maat: '42' },
    });
  });

  test('a profile that is named is published', inOrder, async () => {
    const id = profileOf('l-1')?.id;
    expect(await stage.bridgeJson(`poll acme ${id}`)).toMatchObject({ published: 1 });
    expect(stage.aws.queueDepth('Inbound/Queue').visible).toBe(1);
  });

  test('a connection is scanned, and what Klaviyo does not have is named', inOrder, async () => {
    expect((await stage.bridge('poll acme')).stdout).toMatch(
      /^published \d+ changed profiles of acme/,
    );
    expectFailure(
      await stage.bridge('poll acme 01NOBODY'),
      'Klaviyo has no such profiles: 01NOBODY',
    );
    expectFailure(await stage.bridge('poll nobody'), 'there is no connection nobody');
  });

  test('a file that is not there is said not to be', inOrder, async () => {
    expectFailure(await stage.bridge('send nowhere.jsonl'), 'there is no file nowhere.jsonl');
  });
});

const profileOf = (customerId: string) =>
  stage.klaviyo
    .account()
    .profiles()
    .find((profile) => profile.external_id === customerId);

describe.concurrent('dead letters', () => {
  beforeAll(async () => {
    const jobs = [
      ...Array.from({ length: 12 }, (_, index) => upsert(`d-${index}`, 'later')),
      {
        type: 'list.add',
        connectionId: 'acme',
        list: { name: 'Nowhere' },
        person: { email: 'a@example.com' },
      },
    ];
    const path = stage.file('doomed.jsonl', linesOf(jobs));
    const { stderr } = await stage.bridge(`send ${path}`);
    expect(stderr).toContain('there is no connection later: until it is added, its 12 jobs');
    await stage.aws.idle();
  });

  test('status shows connections, queues, and dead letters by their reasons', inOrder, async () => {
    const { stdout } = await stage.bridge('status');
    expect(stdout).toMatch(/acme +connected +key +\w+ +2023-10-15 \(retired 2025-10-15\)/);
    expect(stdout).toMatch(/customers +\d+ +\d+ +\d+ +- +12\n/);
    expect(stdout).toMatch(/customers +unknown_connection +12\n/);
    expect(stdout).toMatch(/lists +unknown_list +1\n/);
    expect(stdout).toMatch(/POST \/api\/profiles +\d+ of 700/);
  });

  test('they are listed by connection, queue and time', inOrder, async () => {
    const filters = '--connection later --queue customers --since 1h --limit 5';
    const listed = await stage.bridgeJson<object[]>(`dead-letters list ${filters}`);
    expect(listed).toHaveLength(5);
    expect(listed[0]).toMatchObject({ reason: 'unknown_connection', type: 'customer.upsert' });
  });

  test(
    'one is shown with its body, which can be sent again once it is corrected',
    inOrder,
    async () => {
      const [letter] = await stage.bridgeJson<{ id: string }[]>('dead-letters list --queue lists');
      const shown = await stage.bridgeJson(`dead-letters show ${letter?.id.slice(0, 8)}`);
      expect(shown).toMatchObject([
        { reason: 'unknown_list', pointer: '/list/name', body: expect.stringContaining('Nowhere') },
      ]);
      const { stdout } = await stage.bridge('dead-letters show --body --reason unknown_list');
      expect(JSON.parse(stdout)).toMatchObject({ type: 'list.add', list: { name: 'Nowhere' } });
    },
  );

  test('repaired, they are sent back and arrive', inOrder, async () => {
    await stage.connect('later');
    const redriven = await stage.bridgeJson('dead-letters redrive --reason unknown_connection');
    expect(redriven).toEqual({ sentBack: { customers: 12 }, left: {}, notDeleted: 0 });
    await vi.waitFor(() => expect(profileOf('d-11')).toBeDefined(), { timeout: 20_000 });
  });

  test('what cannot be repaired is dropped, if it is meant', inOrder, async () => {
    expectFailure(
      await stage.bridge('dead-letters drop --reason unknown_list'),
      'Add --yes if it is meant',
      2,
    );
    const dropped = await stage.bridge('dead-letters drop --reason unknown_list --yes');
    expect(dropped.stdout).toBe('dropped 1 dead letter\n');
  });

  test('a letter that is named has to be there, and a filter may find none', inOrder, async () => {
    expect(await stage.bridgeJson('dead-letters show --connection nobody')).toEqual([]);
    for (const words of ['list', 'show', 'redrive', 'drop --yes'])
      expectFailure(await stage.bridge(`dead-letters ${words} 00000000`), 'no such dead letter');
  });
});

describe.concurrent('connections', () => {
  test(
    'a key is read from standard input, checked with Klaviyo, and kept out of every output',
    inOrder,
    async () => {
      const added = await stage.bridge(
        `connections add boutique --private-key-stdin --api-url ${stage.klaviyo.url} --throttle-share 0.5`,
        { input: 'pk_simulated\n' },
      );
      const { id } = stage.klaviyo.account();
      expect(added.exitCode).toBe(0);
      expect(added.stdout).toContain(`added boutique: Klaviyo account ${id}`);
      expect(added.stderr).toContain(`account ${id} is connected as acme too`);
      expect(added.stderr).toContain('Klaviyo retired revision 2023-10-15 on 2025-10-15');
      const shown = await stage.bridge('connections show boutique');
      expect(shown.stdout).toMatch(/throttle\.share +0\.5/);
      expect(shown.stdout).toMatch(/throttle\.maxInFlight +40/); // the stage's own default
      expect(added.stdout + added.stderr + shown.stdout).not.toContain('pk_simulated');
      expect((await stage.bridge('connections remove boutique --yes')).stdout).toBe(
        'removed boutique\n',
      );
    },
  );

  test.each([
    ['a key that Klaviyo does not know', 'pk_other', 'Klaviyo does not know this key', 1],
    ['a public key', 'AbC123', 'that is not a private API key', 2],
  ])('%s is not stored', inOrder, async (_, key, line, code) => {
    const words = `connections add other --private-key-stdin --api-url ${stage.klaviyo.url}`;
    const outcome = await stage.bridge(words, { input: key });
    expectFailure(outcome, line, code);
    expect(outcome.stderr).not.toContain(key);
  });

  test(
    'a connection is not added twice, and a stage that is not there is named',
    inOrder,
    async () => {
      expectFailure(
        await stage.bridge('connections add acme --private-key-stdin', { input: 'pk_simulated' }),
        'there is a connection acme already',
      );
      expectFailure(
        await runBridge(['status', '--stage', 'prod'], { environment: stage.aws.environment }),
        'there is no stack klaviyo-bridge-prod in this account and region: deploy it with',
      );
    },
  );

  test('settings change one by one, of connections that there are', inOrder, async () => {
    const set = await stage.bridge(
      'connections set shop revision=2026-01-15 poll.everySeconds=300',
    );
    expect(set.exitCode).toBe(0);
    const shown = await stage.bridgeJson('connections show shop');
    expect(shown).toMatchObject({
      revision: '2026-01-15',
      poll: { everySeconds: 300, overlapSeconds: 90 },
      status: 'connected',
    });
    expectFailure(
      await stage.bridge('connections set nobody generateEvents=false'),
      'there is no connection nobody on stage local',
    );
  });

  test('a revision of a day to come is not taken', inOrder, async () => {
    expectFailure(
      await stage.bridge('connections set shop revision=2098-01-15'),
      'is a day to come',
      2,
    );
    expect(await stage.bridgeJson('connections show shop')).toMatchObject({
      revision: '2026-01-15',
    });
  });

  test('a connection is paused and resumed, and listed as such', inOrder, async () => {
    await stage.bridge('connections pause shop');
    expect((await stage.bridge('connections list')).stdout).toMatch(/shop +paused +key/);
    expect(await stage.bridgeJson('connections resume shop')).toEqual({
      connectionId: 'shop',
      status: 'connected',
    });
  });

  test('a key is replaced by another of the same account', inOrder, async () => {
    const set = await stage.bridge('connections set-key shop --private-key-stdin', {
      input: 'pk_simulated',
    });
    expect(set.stdout).toBe('replaced the key of shop: it is connected\n');
  });

  test('what is withheld is listed by customer, and counted by status', inOrder, async () => {
    expect((await stage.bridge('withheld acme')).stdout).toBe('nothing is withheld of acme\n');
    const path = stage.file(
      'withheld.jsonl',
      linesOf([upsert('w-1', 'acme', { email: 'ada@localhost' })]),
    );
    await stage.bridge(`send ${path}`);
    await vi.waitFor(
      async () =>
        expect(await stage.bridgeJson('withheld acme')).toEqual([
          { customerId: 'w-1', identifier: 'email', reason: 'refused', since: expect.any(String) },
        ]),
      { timeout: 30_000, interval: 500 },
    );
    const status = await stage.bridgeJson<{ withheld: unknown }>('status --no-reasons');
    expect(status.withheld).toEqual([{ connectionId: 'acme', customers: 1 }]);
    const { stdout } = await stage.bridge('status --no-reasons');
    expect(stdout).toMatch(/Customers with identifiers that Klaviyo has not.*\n.*\nacme +1\n/);
  });

  test(
    'what is forgotten of a removed connection is told, until it is added again',
    inOrder,
    async () => {
      await stage.connect('passing');
      const { stderr } = await stage.bridge('connections remove passing --yes');
      expect(stderr).toContain('forgotten in the background');
      const told = async () => {
        const { forgetting } = await stage.bridgeJson<{ forgetting: { connectionId: string }[] }>(
          'status --no-reasons',
        );
        return forgetting.filter(({ connectionId }) => connectionId === 'passing');
      };
      const accountId = stage.klaviyo.account().id;
      expect(await told()).toMatchObject([{ connectionId: 'passing', accountId, forgotten: 0 }]);
      expect((await stage.bridge('status --no-reasons')).stdout).toContain('passing');
      await stage.connect('passing');
      expect(await told()).toEqual([]);
    },
  );

  test('removing asks first, and says so where nobody is there', inOrder, async () => {
    expectFailure(await stage.bridge('connections remove shop'), 'Add --yes if it is meant', 2);
    expect(await stage.bridgeJson('connections show shop')).toMatchObject({ status: 'connected' });
  });
});

describe.concurrent('OAuth', () => {
  test('an app, a connection, its link, the click, and the end of it', inOrder, async () => {
    await stage.bridge(`connections add oauth-shop --oauth --api-url ${stage.klaviyo.url}`);
    expectFailure(await stage.bridge('connect oauth-shop'), 'has no OAuth app yet');
    const app = await stage.bridge('oauth-app set --stdin', { input: JSON.stringify(oauthApp) });
    expect(app.stdout).toContain('/oauth/callback');
    expect(app.stdout + app.stderr).not.toContain(oauthApp.clientSecret);

    const { url } = await stage.bridgeJson<{ url: string }>('connect oauth-shop');
    stage.klaviyo.setAutoConsent(stage.klaviyo.account().id);
    expect(await click(url)).toContain('connected');
    expect(await stage.bridgeJson('connections show oauth-shop')).toMatchObject({
      status: 'connected',
      accountId: stage.klaviyo.account().id,
    });

    expect((await stage.bridge('disconnect oauth-shop')).stdout).toContain(
      'Klaviyo has removed the app',
    );
    expect(await stage.bridgeJson('connections show oauth-shop')).toMatchObject({
      status: 'needs_authorisation',
    });
    expectFailure(await stage.bridge('connections resume oauth-shop'), 'has no credentials');
    const status = await stage.bridge('status --no-reasons'); // others read the dead letters
    expect(status.stdout).toMatch(/oauth-shop +needs_auth.* held\n/);
    expect((await stage.bridge('connections remove oauth-shop --yes')).exitCode).toBe(0);
  });

  test('what is no app is refused without being quoted', inOrder, async () => {
    const outcome = await stage.bridge('oauth-app set --stdin', { input: '{"clientId":"canary"}' });
    expectFailure(outcome, 'standard input must be JSON', 2);
    expect(outcome.stderr).not.toContain('canary');
    expectFailure(await stage.bridge('oauth-app set'), 'nobody is there to ask', 2);
  });
});

/** Presses a link's button as a person would, with the cookie that is given on the way. */
const click = async (link: string): Promise<string> => {
  let cookie = '';
  let url = link;
  for (let hop = 0; hop < 5; hop += 1) {
    const method = hop === 0 ? 'POST' : 'GET';
    const response = await fetch(url, { method, redirect: 'manual', headers: { cookie } });
    cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
    const location = response.headers.get('location');
    if (location === null) return response.text();
    url = new URL(location, url).href;
  }
  throw new Error('too many redirects');
};
