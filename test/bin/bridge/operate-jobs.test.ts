/** Jobs by the command line, against a stage on this machine: real processes, real queues, real functions. */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectFailure, runNode } from '../../support/bridge-command.ts';
import { type OperatedStage, startOperatedStage } from '../../support/operated-stage.ts';

let stage: OperatedStage;

beforeAll(async () => {
  stage = await startOperatedStage();
  await stage.connect('acme');
});

afterAll(() => stage.close());

const upsert = (customerId: string, connectionId = 'acme', more: object = {}) => ({
  type: 'customer.upsert',
  connectionId,
  customer: { customerId, email: `${customerId}@example.com`, ...more },
});

const linesOf = (jobs: readonly unknown[]) => jobs.map((job) => JSON.stringify(job)).join('\n');

describe('send', () => {
  test('a file with a broken line is not sent, and its line and field are named', async () => {
    const { emial, ...job } = { ...upsert('s-1'), emial: 'x' };
    const path = stage.file(
      'broken.jsonl',
      linesOf([upsert('s-0'), { ...job, emial }, upsert('s-2')]),
    );
    const outcome = await stage.bridge(`send ${path}`);
    expect(outcome.stderr).toContain('line 2: emial: there is no such field\n');
    expectFailure(
      outcome,
      'so nothing was: correct them, or send the other 2 jobs with --skip-broken',
    );
    expect(profileOf('s-0')).toBeUndefined();
  });

  test('the rest of it is sent where that is asked for, to the queues of the types', async () => {
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
    stage.klaviyo.account().settle();
    expect(profileOf('s-3')).toBeDefined();
    expect(stage.klaviyo.account().events().length).toBe(1);
  });

  test('standard input is sent too, and jobs about one customer keep their order', async () => {
    const jobs = Array.from({ length: 40 }, (_, index) =>
      upsert('s-4', 'acme', { firstName: `Name ${index}` }),
    );
    expect((await stage.bridge('send -', { input: linesOf(jobs) })).stdout).toBe(
      'sent 40 jobs: customers 40\n',
    );
    await stage.aws.idle();
    expect(profileOf('s-4')?.fields).toMatchObject({ first_name: 'Name 39' });
  });

  test('the producer example of the documentation does what it says', async () => {
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

  test('a dry run asks nobody, and sends nothing', async () => {
    const path = stage.file('dry.jsonl', linesOf([upsert('s-5'), upsert('s-6')]));
    const { exitCode, stdout } = await stage.bridge(`send ${path} --dry-run`, {
      environment: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
    });
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: '2 jobs would be sent: customer.upsert 2\n',
    });
  });

  test('customers of a CSV file are sent as jobs', async () => {
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

  test('a file that is not there is said not to be', async () => {
    expectFailure(await stage.bridge('send nowhere.jsonl'), 'there is no file nowhere.jsonl');
  });
});

const profileOf = (customerId: string) =>
  stage.klaviyo
    .account()
    .profiles()
    .find((profile) => profile.external_id === customerId);

describe('dead letters', () => {
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

  test('status shows connections, queues, and dead letters by their reasons', async () => {
    const { stdout } = await stage.bridge('status');
    expect(stdout).toMatch(/acme +connected +key +\w+ +2023-10-15 \(retired 2025-10-15\)/);
    expect(stdout).toMatch(/customers +0 +0 +0 +- +12\n/);
    expect(stdout).toMatch(/customers +unknown_connection +12\n/);
    expect(stdout).toMatch(/lists +unknown_list +1\n/);
    expect(stdout).toMatch(/POST \/api\/profiles +\d+ of 700/);
  });

  test('they are listed by connection, queue and time', async () => {
    const filters = '--connection later --queue customers --since 1h --limit 5';
    const listed = await stage.bridgeJson<object[]>(`dead-letters list ${filters}`);
    expect(listed).toHaveLength(5);
    expect(listed[0]).toMatchObject({ reason: 'unknown_connection', type: 'customer.upsert' });
  });

  test('one is shown with its body, by the beginning of its id', async () => {
    const [letter] = await stage.bridgeJson<{ id: string }[]>('dead-letters list --queue lists');
    const { stdout } = await stage.bridge(`dead-letters show ${letter?.id.slice(0, 8)}`);
    expect(stdout).toMatch(/reason +unknown_list/);
    expect(stdout).toMatch(/pointer +\/list\/name/);
    expect(stdout).toContain('"list":{"name":"Nowhere"}');
  });

  test('bodies alone can be sent again once they are corrected', async () => {
    const { stdout } = await stage.bridge('dead-letters show --body --reason unknown_list');
    expect(JSON.parse(stdout)).toMatchObject({ type: 'list.add', list: { name: 'Nowhere' } });
  });

  test('repaired, they are sent back and arrive', async () => {
    await stage.connect('later');
    const redriven = await stage.bridgeJson('dead-letters redrive --reason unknown_connection');
    expect(redriven).toEqual({ sentBack: { customers: 12 }, left: {}, notDeleted: 0 });
    await expect.poll(() => profileOf('d-11'), { timeout: 10_000 }).toBeDefined();
  });

  test('what cannot be repaired is dropped, if it is meant', async () => {
    expectFailure(
      await stage.bridge('dead-letters drop --reason unknown_list'),
      'Add --yes if it is meant',
      2,
    );
    const dropped = await stage.bridge('dead-letters drop --reason unknown_list --yes');
    expect(dropped.stdout).toBe('dropped 1 dead letters\n');
    expect((await stage.bridge('dead-letters list')).stdout).toBe('no dead letters\n');
  });
});

describe('poll', () => {
  test('a profile that is named is published', async () => {
    const id = profileOf('l-1')?.id;
    expect(await stage.bridgeJson(`poll acme ${id}`)).toMatchObject({ published: 1 });
    expect(stage.aws.queueDepth('Inbound/Queue').visible).toBe(1);
  });

  test('a connection is scanned, and what Klaviyo does not have is named', async () => {
    expect((await stage.bridge('poll acme')).stdout).toMatch(
      /^published \d+ changed profiles of acme/,
    );
    expectFailure(
      await stage.bridge('poll acme 01NOBODY'),
      'Klaviyo has no such profiles: 01NOBODY',
    );
    expectFailure(await stage.bridge('poll nobody'), 'there is no connection nobody');
  });
});
