import { describe, expect, test } from 'vitest';
import { startKlaviyoSimulator } from '../../../local/klaviyo/simulator.ts';
import { newest, problemOf, profileBody, startTestKlaviyo, testKey } from './simulated-klaviyo.ts';

const body = profileBody({ email: 'a@example.com' });
const endpoint = 'POST /api/profiles';

const waitThen = async (work: () => Promise<void>): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, 50));
  await work();
};

describe('faults', () => {
  test('a status answers in place of the effect, or after it', async () => {
    for (const [when, profiles] of [
      ['before', 0],
      ['after', 1],
    ] as const) {
      const { call, simulator } = await startTestKlaviyo({
        faults: [{ kind: 'status', status: 503, when, times: 1 }],
      });
      expect((await call('POST', '/api/profiles', { body })).status).toBe(503);
      expect(simulator.account().profiles()).toHaveLength(profiles);
      expect((await call('POST', '/api/profiles', { body })).status).toBe(profiles ? 409 : 201);
    }
  });

  test('a reset breaks the connection before the effect, or after it', async () => {
    for (const [when, profiles] of [
      ['before', 0],
      ['after', 1],
    ] as const) {
      const { call, simulator } = await startTestKlaviyo({ faults: [{ kind: 'reset', when }] });
      await expect(call('POST', '/api/profiles', { body })).rejects.toThrow('fetch failed');
      expect(simulator.account().profiles()).toHaveLength(profiles);
      expect(simulator.countCalls({ status: 0 })).toBe(1);
    }
  });

  test('a challenge is an HTML page with 403', async () => {
    const { call } = await startTestKlaviyo({ faults: [{ kind: 'challenge' }] });
    const answer = await call('GET', '/api/lists');
    expect([answer.status, answer.headers.get('cf-mitigated')]).toEqual([403, 'challenge']);
    expect(answer.headers.get('content-type')).toMatch('text/html');
  });

  test('a page and a redirect come from somebody else, before any effect', async () => {
    const { call, simulator } = await startTestKlaviyo({
      faults: [{ kind: 'page', status: 404, times: 1 }],
    });
    const page = await call('POST', '/api/profiles', { body });
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html']);
    simulator.setFaults([{ kind: 'redirect', status: 307 }]);
    const redirect = await call('POST', '/api/profiles', { body });
    expect([redirect.status, redirect.headers.has('location')]).toEqual([307, true]);
    expect(simulator.account().profiles()).toEqual([]);
  });

  test.each(['half_body', 'byte_a_second'] as const)(
    'an answer by %s has had its effect, and is never whole in time',
    async (kind) => {
      const { simulator } = await startTestKlaviyo({ faults: [{ kind }] });
      const signal = AbortSignal.timeout(300);
      const headers = { authorization: `Klaviyo-API-Key ${testKey}`, revision: newest };
      const response = await fetch(`${simulator.url}/api/profiles`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/vnd.api+json' },
        body: JSON.stringify(body),
        signal,
      });
      expect(response.status).toBe(201);
      await expect(response.text()).rejects.toThrow(/timeout/);
      expect(simulator.account().profiles()).toHaveLength(1);
    },
  );

  test('a 429 names its wait, and a 409 may leave out the other profile', async () => {
    const { call, simulator } = await startTestKlaviyo({
      faults: [{ kind: 'status', status: 429, retryAfterSeconds: 7 }],
    });
    expect((await call('GET', '/api/lists')).headers.get('retry-after')).toBe('7');
    simulator.setFaults([{ kind: 'status', status: 409 }]);
    const answer = await call('POST', '/api/profiles', { body });
    expect(problemOf(answer)).toMatchObject({ code: 'duplicate_profile', meta: {} });
  });

  test('latency comes before the effect, beside other faults', async () => {
    const { call, simulator } = await startTestKlaviyo({
      faults: [
        { kind: 'latency', latencyMs: 60 },
        { kind: 'status', status: 500 },
      ],
    });
    const answer = call('POST', '/api/profiles', { body });
    const sooner = new Promise((resolve) => setTimeout(resolve, 20, 'still waiting'));
    expect(await Promise.race([answer, sooner])).toBe('still waiting');
    expect((await answer).status).toBe(500);
    expect(simulator.account().profiles()).toEqual([]);
  });

  test('latency does not hold up the end', async () => {
    const simulator = await startKlaviyoSimulator({
      faults: [{ kind: 'latency', latencyMs: 3_600_000 }],
    });
    const headers = { authorization: 'Klaviyo-API-Key pk_simulated', revision: '2026-07-15' };
    const call = fetch(`${simulator.url}/api/lists`, { headers });
    await Promise.all([expect(call).rejects.toThrow('fetch failed'), waitThen(simulator.close)]);
  });

  test('hit the calls that match: by endpoint, account, number and chance', async () => {
    const { call, simulator } = await startTestKlaviyo({
      faults: [{ kind: 'status', status: 500, match: { endpoint }, skip: 1, times: 1 }],
    });
    const statuses = [];
    for (const email of ['a@b.co', 'b@b.co', 'c@b.co']) {
      const request = { body: profileBody({ email }) };
      statuses.push((await call('POST', '/api/profiles', request)).status);
      statuses.push((await call('GET', '/api/lists')).status);
    }
    expect(statuses).toEqual([201, 200, 500, 200, 201, 200]);
    simulator.setFaults([{ kind: 'status', status: 500, match: { account: 'OTHER1' } }]);
    expect((await call('GET', '/api/lists')).status).toBe(200);
  });

  test('that are left to chance are the same for the same seed', async () => {
    const run = async (seed: number): Promise<string> => {
      const { call } = await startTestKlaviyo({
        seed,
        faults: [{ kind: 'status', status: 500, probability: 0.5 }],
      });
      const statuses = [];
      for (let index = 0; index < 12; index += 1) {
        statuses.push((await call('GET', '/api/accounts')).status);
      }
      return statuses.join();
    };
    const first = await run(1);
    expect(first).toContain('200');
    expect(first).toContain('500');
    expect(await run(1)).toBe(first);
    expect(await run(2)).not.toBe(first);
  });
});

describe('looking inside', () => {
  test('calls are counted by endpoint, account and status, and told without ids', async () => {
    const told: string[] = [];
    const { call, simulator } = await startTestKlaviyo({
      onCall: (one) => told.push(JSON.stringify(one)),
    });
    const { body: created } = await call('POST', '/api/profiles', { body });
    await call('GET', `/api/profiles/${created.data.id}`);
    await call('POST', '/api/profiles', { body });
    expect(simulator.countCalls()).toBe(3);
    expect(simulator.countCalls({ endpoint })).toBe(2);
    expect(simulator.countCalls({ endpoint, status: 409 })).toBe(1);
    expect(simulator.countCalls({ account: 'OTHER1' })).toBe(0);
    expect(told.join()).not.toMatch(/example|pk_test|01[0-9A-Z]{24}/);
    expect(told.join()).toContain('GET /api/profiles/{id}');
  });

  test('the page at / shows the numbers, as HTML and as JSON', async () => {
    const { call, simulator } = await startTestKlaviyo();
    await call('POST', '/api/profiles', { body });
    const page = await fetch(simulator.url);
    expect(await page.text()).toContain('POST /api/profiles');
    const state = await fetch(simulator.url, { headers: { accept: 'application/json' } });
    expect(await state.json()).toMatchObject({ accounts: [{ id: 'ACC001', profiles: 1 }] });
  });

  test('a reset brings everything back to the beginning', async () => {
    const { call, simulator } = await startTestKlaviyo({
      accounts: [
        { privateKeys: [{ key: 'pk_test' }], profiles: [{ attributes: { email: 'x@b.co' } }] },
      ],
    });
    const account = simulator.account();
    const before = account.profiles();
    await call('POST', '/api/profiles', { body });
    expect(account.profiles()).toHaveLength(2);
    simulator.reset();
    expect([account.profiles(), simulator.countCalls()]).toEqual([before, 0]);
  });

  test('work under way can be brought to its end', async () => {
    const { call, simulator } = await startTestKlaviyo({ delays: { eventMs: 3_600_000 } });
    const metric = { data: { type: 'metric', attributes: { name: 'X' } } };
    const profile = { data: body.data };
    const attributes = { properties: {}, metric, profile };
    await call('POST', '/api/events', { body: { data: { type: 'event', attributes } } });
    expect(simulator.account().events()).toHaveLength(0);
    simulator.account().processPending();
    expect(simulator.account().events()).toHaveLength(1);
  });

  test('an unknown account is an error at once', async () => {
    const { simulator } = await startTestKlaviyo();
    expect(() => simulator.account('NOBODY')).toThrow('no account NOBODY');
  });

  test('a request over 6 MB answers 413', async () => {
    const { call } = await startTestKlaviyo();
    const answer = await call('POST', '/api/profiles', { body: 'x'.repeat(6_000_001) });
    expect(answer.status).toBe(413);
  });
});
