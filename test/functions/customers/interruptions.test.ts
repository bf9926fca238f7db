/** Two at once, and functions that end in the middle: whatever happens, it comes out right. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import type { CustomersMessage } from '../../../shared/jobs/contract/messages.ts';
import type { Job } from '../../../shared/jobs/job.ts';
import type { Table } from '../../../shared/platform/table.dynamodb.ts';
import { type CustomersStage, dayMs, withLinksTable } from './customers-stage.ts';

const { start, table } = withLinksTable();

const email = 'ann@example.com';
/** Longer than any lease. */
const pastLeaseMs = 71_000;
const subscribe = true;

/** A table whose requests are answered so many times: then the function is gone. */
const dyingAfter = (requests: number) => {
  let left = requests;
  const client = {
    send: ((command: never) => {
      left -= 1;
      return left < 0 ? new Promise(() => {}) : table.client.send(command);
    }) as typeof table.client.send,
  } as Pick<DynamoDBClient, 'send'>;
  return { table: { ...table, client }, hasDied: () => left < 0 };
};

/** Runs the jobs in a function that ends at its nth request to the table; says whether it did. */
const dieAt = async (
  stage: CustomersStage,
  requests: number,
  job: Job<CustomersMessage>,
): Promise<boolean> => {
  const dying = dyingAfter(requests);
  const running = stage.createInstance(dying.table)(job);
  const died = new Promise<true>((resolve) => {
    const look = setInterval(() => {
      if (!dying.hasDied()) return;
      clearInterval(look);
      setTimeout(() => resolve(true), 50); // what is under way to Klaviyo arrives there
    }, 5);
    void running.finally(() => clearInterval(look));
  });
  return await Promise.race([died, running.then(() => false)]);
};

describe('two at once', () => {
  test('two instances with one new customer make one profile', async () => {
    await using stage = await start();
    const { run, job, account } = stage;
    const other = stage.createInstance();
    const outcomes = await Promise.all([
      run(job({ email, firstName: 'Ann' }, '11:00')),
      other(job({ email, lastName: 'Lee' }, '12:00')),
    ]);
    const kinds = outcomes.flat().map((outcome) => outcome?.kind);
    expect(kinds.toSorted()).toEqual(['delivered', 'later']);
    await run(job({ email, firstName: 'Ann' }, '11:00'));
    await other(job({ email, lastName: 'Lee' }, '12:00'));
    expect(account.profiles()).toMatchObject([
      { email, fields: { first_name: 'Ann', last_name: 'Lee' } },
    ]);
  });

  test('two customers with one e-mail address, new at once, become one profile', async () => {
    await using stage = await start();
    const { run, job, account, profileOf } = stage;
    const other = stage.createInstance();
    const one = () => run(job({ customerId: 'c1', email, firstName: 'Ann' }, '11:00'));
    const two = () => other(job({ customerId: 'c2', email, lastName: 'Lee' }, '12:00'));
    await Promise.all([one(), two()]);
    await one();
    await two();
    expect(account.profiles()).toMatchObject([
      { email, fields: { first_name: 'Ann', last_name: 'Lee' } },
    ]);
    expect((await profileOf('c1'))?.id).toBe((await profileOf('c2'))?.id);
  });

  test('a profile that another instance writes is waited for', async () => {
    await using stage = await start();
    const { run, job, memory, memoryKey } = stage;
    await run(job({ email }));
    await memory.leaseProfile(memoryKey, (await stage.linkOf('c1'))?.profileId ?? '');
    const leased = [{ kind: 'later', waitMs: 5_000, reason: 'leased' }];
    expect(await run(job({ firstName: 'Ann' }))).toEqual(leased);
    stage.pass(pastLeaseMs);
    expect(await run(job({ firstName: 'Ann' }))).toEqual([{ kind: 'delivered' }]);
  });

  test('a customer whose link moved meanwhile is not written to the old profile', async () => {
    await using stage = await start();
    const { run, job, account, memory, memoryKey } = stage;
    await run(job({ email }));
    const old = (await stage.linkOf('c1'))?.profileId ?? '';
    const [named = ''] = account.seedProfiles([{ attributes: { email: 'new@example.com' } }]);
    // The link is read, then moved by another instance, then the profile is leased.
    const slow: Table = {
      ...table,
      client: {
        send: (async (command: { readonly input: { readonly UpdateExpression?: string } }) => {
          if (command.input.UpdateExpression?.includes('leaseOwner') && !hasMoved) {
            hasMoved = true;
            await run(job({ profileId: named }));
          }
          return table.client.send(command as never);
        }) as unknown as typeof table.client.send,
      },
    };
    let hasMoved = false;
    stage.pass(1_000);
    const outcomes = await stage.createInstance(slow)(job({ firstName: 'Ann' }));
    expect(outcomes).toMatchObject([{ kind: 'later', reason: 'leased' }]);
    expect(account.profile(old)?.fields).toEqual({});
    expect((await memory.readProfiles(memoryKey, [old])).size).toBe(0);
    await run(job({ firstName: 'Ann' }));
    expect(account.profile(named)?.fields).toEqual({ first_name: 'Ann' });
  });
});

describe('a write that was not waited for', () => {
  test.each([false, true])(
    'keeps newer ones from coming before it, also where the customer is new: %s',
    async (isNew) => {
      await using stage = await start();
      const { run, job, simulator } = stage;
      if (!isNew) await run(job({ email }));
      simulator.setFaults([{ kind: 'latency', latencyMs: 400, times: 1 }]);
      const aborted = new AbortController();
      setTimeout(() => aborted.abort(new Error('out of time')), 100);
      const cut = stage.createInstance(table, aborted.signal);
      const outcomes = await cut(job({ email, firstName: 'Slow' }, '11:00'));
      expect(outcomes[0]?.kind).not.toBe('delivered');
      const next = job({ email, firstName: 'Next' }, '12:00');
      expect(await run(next)).toMatchObject([{ kind: 'later', reason: 'leased' }]);
      await new Promise((resolve) => setTimeout(resolve, 500));
      stage.pass(pastLeaseMs);
      await run(next);
      expect(await stage.profileOf('c1')).toMatchObject({ email, fields: { first_name: 'Next' } });
    },
  );
});

describe('a function that ends in the middle', () => {
  /** What a customer is like in the end, however often it was begun. */
  const expectWhole = async (stage: CustomersStage, fields: object) => {
    expect(stage.account.profiles()).toMatchObject([{ email, fields }]);
    const link = await stage.linkOf('c1');
    const { memory, memoryKey } = stage;
    const [profile] = stage.account.profiles();
    expect(link?.profileId).toBe(profile?.id);
    const remembered = await memory.readProfiles(memoryKey, [link?.profileId ?? '']);
    expect(remembered.get(link?.profileId ?? '')?.customers).toMatchObject([{ customerId: 'c1' }]);
    // Nothing is left to be done.
    const calls = stage.simulator.countCalls();
    await stage.run(stage.job({ email, firstName: 'Ann' }, '12:00'));
    expect(stage.simulator.countCalls()).toBe(calls);
  };

  test('makes no second profile of a new customer, and loses no list job', async () => {
    let last = true;
    for (let requests = 1; last; requests += 1) {
      await using stage = await start();
      const { run, job, listJobs } = stage;
      const wanted = () => job({ email, firstName: 'Ann' }, '12:00', { subscribe });
      last = await dieAt(stage, requests, wanted());
      stage.pass(pastLeaseMs);
      await run(wanted());
      await expectWhole(stage, { first_name: 'Ann' });
      expect(listJobs.length, `${requests} requests`).toBeGreaterThan(0);
      expect(requests).toBeLessThan(20);
    }
  });

  test('loses no change, and no list job of it', async () => {
    let last = true;
    for (let requests = 1; last; requests += 1) {
      await using stage = await start();
      const { run, job, listJobs } = stage;
      await run(job({ email }, '11:00'));
      const wanted = () => job({ email, firstName: 'Ann' }, '12:00', { subscribe });
      last = await dieAt(stage, requests, wanted());
      stage.pass(pastLeaseMs);
      await run(wanted());
      await expectWhole(stage, { first_name: 'Ann' });
      expect(listJobs.length, `${requests} requests`).toBeGreaterThan(0);
      expect(requests).toBeLessThan(20);
    }
  });

  test.each(['gone', 'merged'])('moves the link of a profile that is %s', async (how) => {
    let last = true;
    for (let requests = 1; last; requests += 1) {
      await using stage = await start();
      const { run, job, account, listJobs } = stage;
      await run(job({ email, firstName: 'Ann' }, '11:00', { subscribe }));
      const { id = '' } = (await stage.profileOf('c1')) ?? {};
      if (how === 'gone') account.deleteProfile(id);
      else account.mergeProfiles(id, account.seedProfiles([{ attributes: {} }])[0] ?? '');
      stage.pass(dayMs);
      const wanted = () => job({ email, firstName: 'Ann' }, '12:00', { subscribe });
      last = await dieAt(stage, requests, wanted());
      stage.pass(pastLeaseMs);
      await run(wanted());
      await expectWhole(stage, { first_name: 'Ann' });
      expect(listJobs, `${requests} requests`).toHaveLength(1);
      expect(requests).toBeLessThan(30);
    }
  });
});
