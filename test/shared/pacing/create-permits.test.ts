import { describe, expect, test } from 'vitest';
import type { CallOutcome } from '../../../shared/klaviyo/index.ts';
import { decodeLedger } from '../../../shared/pacing/state-codec.ts';
import { watchPlans, withoutPermit } from '../../support/planned-instants.ts';
import { createVirtualPermits, type Taken, times } from '../../support/virtual-permits.ts';

const instants = (taken: readonly Taken[]): number[] => taken.map(({ atMs }) => atMs);
const permits = (taken: readonly Taken[]) => taken.filter(({ kind }) => kind === 'permit');
const waits = (taken: readonly Taken[]): number[] =>
  taken.flatMap((one) => (one.kind === 'later' ? [one.retryAfterMs] : []));

describe('permits', () => {
  test('come at once on a quiet account, for one read and one write', async () => {
    const { boot, takenWithin, pass, table } = createVirtualPermits();
    const { call } = boot();
    const [first] = await takenWithin(1_000, [call()]);
    expect(first).toMatchObject({ kind: 'permit', atMs: 24 }); // never seen before: its in-use marker is read twice
    await pass(5_000);
    const { reads, writes } = table.asked;
    const [second] = await takenWithin(1_000, [call()]);
    expect(second).toMatchObject({ kind: 'permit', atMs: 6_000 + 12 + 6 });
    expect(table.asked).toMatchObject({ reads: reads + 1, writes: writes + 1 });
  });

  test('for a thousand callers at once are reserved together', async () => {
    const { boot, takenWithin, table } = createVirtualPermits();
    const { call } = boot();
    await takenWithin(5_000, [call()]);
    const { writes } = table.asked;
    const callers = times(600, () => call());
    const taken = permits(await takenWithin(25_000, callers));
    expect(taken).toHaveLength(600);
    expect(
      instants(taken)
        .slice(1)
        .every((atMs, i) => atMs - (taken[i]?.atMs ?? 0) === 20),
    ).toBe(true);
    expect(table.asked.writes).toBe(writes + 1);
  });

  test('of callers that come one by one while permits are left are reserved together, too', async () => {
    const { boot, takenWithin, table, time } = createVirtualPermits();
    const { call } = boot();
    const callers = times(50, () => call());
    callers.push(
      ...times(
        100,
        (i) =>
          new Promise<Taken>((done) => {
            time.after(100 + i, () => void call().then(done));
          }),
      ),
    );
    const taken = permits(await takenWithin(10_000, callers));
    expect(taken).toHaveLength(150);
    expect(table.asked.writes).toBeLessThanOrEqual(4);
  });

  test('that come too late are not used, and their callers wait for others', async () => {
    const { boot, takenWithin, table, startMs } = createVirtualPermits();
    const planned = watchPlans(table);
    const { call, sleep } = boot((store) => ({
      async write(key, item, expected) {
        await sleep(400);
        return store.write(key, item, expected);
      },
    }));
    const callers = times(30, () => call());
    const taken = permits(await takenWithin(5_000, callers));
    const sentMs = instants(taken).map((atMs) => startMs + atMs);
    const plannedMs = planned.get('account#POST /api/events') ?? [];
    expect(sentMs).toHaveLength(30);
    expect(plannedMs.length).toBeGreaterThan(30);
    expect(withoutPermit(sentMs, plannedMs, 250)).toEqual([]);
  });

  test('never put more small-burst calls in flight than the burst, completed ones of a second included', async () => {
    const { boot, takenWithin, time } = createVirtualPermits();
    const { take, answered } = boot();
    const calls: { fromMs: number; untilMs: number }[] = [];
    const slowCall = async (): Promise<Taken> => {
      const taken = await take({ tier: 'S' });
      if (taken.kind !== 'permit') return taken;
      const fromMs = time.nowMs();
      await new Promise<void>((done) => time.after(3_500, done));
      calls.push({ fromMs, untilMs: time.nowMs() + 1_000 });
      taken.permit.report(answered());
      return taken;
    };
    await takenWithin(
      60_000,
      times(20, () => slowCall()),
    );
    const together = calls.map(
      ({ fromMs }) =>
        calls.filter((other) => other.fromMs <= fromMs && fromMs < other.untilMs).length,
    );
    expect(calls.length).toBeGreaterThan(10);
    expect(Math.max(...together)).toBe(3);
  });

  test('keep to a cap on calls in flight, over all endpoints of the account', async () => {
    const { boot, takenWithin } = createVirtualPermits();
    const { take, sleep, answered } = boot();
    let inFlight = 0;
    let most = 0;
    const call = async (endpoint: string): Promise<Taken> => {
      const taken = await take({ endpoint, throttle: { share: 1, maxInFlight: 2 } });
      if (taken.kind !== 'permit') return taken;
      inFlight += 1;
      most = Math.max(most, inFlight);
      await sleep(150);
      inFlight -= 1;
      taken.permit.report(answered());
      return taken;
    };
    const callers = times(40, (i) => call(i % 2 === 0 ? 'POST /api/events' : 'GET /api/lists'));
    const taken = await takenWithin(15_000, callers);
    expect(permits(taken)).toHaveLength(40);
    expect(most).toBe(2);
  });

  test('keep to the share that the subscriber allows', async () => {
    const { boot, takenWithin } = createVirtualPermits();
    const { call } = boot();
    const taken = await takenWithin(
      30_000,
      times(60, () => call({ throttle: { share: 0.05 } })),
    );
    expect(permits(taken)).toHaveLength(35); // of 700
    expect(waits(taken)).toHaveLength(25);
  });

  test('keep to the share of each connection of the account', async () => {
    const { boot, takenWithin } = createVirtualPermits();
    const { call } = boot();
    await takenWithin(1_000, [call()]);
    const taken = await takenWithin(
      30_000,
      times(60, () => call({ throttle: { share: 0.05 } })),
    );
    expect(permits(taken)).toHaveLength(34);
  });

  test('are not kept for ever by a call whose end is never reported', async () => {
    const { boot, takenWithin } = createVirtualPermits();
    const { take } = boot();
    const throttle = { share: 1, maxInFlight: 1 };
    await takenWithin(1_000, [take({ throttle })]);
    const [early] = await takenWithin(9_000, [take({ throttle })]);
    expect(early).toBeUndefined();
    const [taken] = await takenWithin(20_000, [take({ throttle })]);
    expect(taken?.kind).toBe('permit');
  });

  test('stop for everyone when Klaviyo refuses a call, until Retry-After', async () => {
    const { boot, takenWithin, pass } = createVirtualPermits();
    const [one, other] = [boot(), boot()];
    const [first] = await takenWithin(50, [one.take()]);
    if (first?.kind !== 'permit') throw new Error('no permit');
    const waiting = times(10, () => one.take());
    await pass(30);
    first.permit.report({ kind: 'throttled', atMs: one.clock.nowMs(), retryAfterMs: 5_000 });
    const blocked = await takenWithin(4_990, [...waiting, other.take()]);
    const sentBefore = permits(blocked).filter(({ atMs }) => atMs > 80);
    expect(sentBefore).toEqual([]);
    const late = await takenWithin(2_000, [other.take()]);
    expect(Math.min(...instants(late))).toBeGreaterThanOrEqual(5_080);
    expect(one.events).toMatchObject([{ kind: 'refused', endpoint: 'POST /api/events' }]);
  });

  test('of a reservation in which Klaviyo refused a call are given back, and reserved anew', async () => {
    const { boot, takenWithin } = createVirtualPermits();
    const { take, clock } = boot();
    const callers = times(4, () => take({ tier: 'S' }));
    const [first] = await takenWithin(50, callers);
    if (first?.kind !== 'permit') throw new Error('no permit');
    first.permit.report({ kind: 'throttled', atMs: clock.nowMs(), retryAfterMs: 1_000 });
    const taken = await takenWithin(10_000, callers);
    expect(instants(taken)).toEqual([24, 3_222, 4_022, 4_822]); // and not at 1,622
  });

  test('that were being reserved while Klaviyo refused a call are not used before Retry-After', async () => {
    const { boot, takenWithin, pass } = createVirtualPermits();
    const { take, call, clock } = boot((store) => ({
      async write(key, item, expected) {
        const written = await store.write(key, item, expected);
        await new Promise<void>((done) => clock.after(100, done)); // the answer is on its way
        return written;
      },
    }));
    const [first] = await takenWithin(1_000, [take()]);
    if (first?.kind !== 'permit') throw new Error('no permit');
    const waiting = times(20, () => call());
    await pass(50);
    first.permit.report({ kind: 'throttled', atMs: clock.nowMs(), retryAfterMs: 5_000 });
    const taken = await takenWithin(15_000, waiting);
    expect(permits(taken)).toHaveLength(20);
    expect(Math.min(...instants(taken))).toBeGreaterThanOrEqual(6_050);
  });

  test('stop for as long as the strictest of several refusals says', async () => {
    const { boot, takenWithin } = createVirtualPermits();
    const [one, other] = [boot(), boot()];
    const flying = await takenWithin(100, [one.take(), one.take()]);
    for (const [index, taken] of flying.entries())
      if (taken.kind === 'permit') {
        const retryAfterMs = index === 0 ? 15_000 : 1_000;
        taken.permit.report({ kind: 'throttled', atMs: one.clock.nowMs(), retryAfterMs });
      }
    await takenWithin(100, []);
    const [taken] = await takenWithin(20_000, [other.take()]);
    expect(taken).toMatchObject({ kind: 'permit' });
    expect(taken?.atMs).toBeGreaterThanOrEqual(15_100);
  });

  test('stop for a second at least', async () => {
    const { boot, takenWithin } = createVirtualPermits();
    const { take, clock } = boot();
    const [first] = await takenWithin(50, [take()]);
    if (first?.kind !== 'permit') throw new Error('no permit');
    first.permit.report({ kind: 'throttled', atMs: clock.nowMs(), retryAfterMs: 0 });
    const [second] = await takenWithin(3_000, [take()]);
    expect(second?.atMs).toBeGreaterThanOrEqual(1_050);
  });

  test('defer those who get none in time, each with the wait to its own place in the virtual queue', async () => {
    const { boot, takenWithin, time } = createVirtualPermits();
    const { call } = boot();
    const taken = await takenWithin(
      30_000,
      times(1_500, () => call()),
    );
    const away = waits(taken);
    expect(permits(taken)).toHaveLength(700);
    expect(away).toHaveLength(800);
    const soonest = Math.min(...away);
    // 2 ms ago and a minute; a receipt comes 300 ms later, a job a second earlier.
    expect(soonest).toBe(-2 + 60_000 + 300 - 1_000);
    const returned = new Promise<Taken[]>((done) => {
      time.after(
        soonest - 30_000,
        () => void Promise.all(times(100, () => call({ returning: true }))).then(done),
      );
    });
    await time.run(time.nowMs() + 60_000);
    expect(permits(await returned)).toHaveLength(100);
  });

  test('are not waited for behind the jobs of a slower share for as long as these take', async () => {
    const { boot, takenWithin } = createVirtualPermits();
    const [slow, fast] = [boot(), boot()];
    const slowCall = () => slow.call({ throttle: { share: 0.01 } });
    const waiting = waits(await takenWithin(5_000, times(100, slowCall)));
    expect(Math.max(...waiting)).toBeGreaterThan(600_000); // 7 a minute
    const taken = await takenWithin(
      25_000,
      times(10, () => fast.call()),
    );
    expect(Math.max(...waits(taken))).toBeLessThan(15_000);
  });

  test('go to jobs that return before fresh ones', async () => {
    const { boot, takenWithin } = createVirtualPermits();
    const { call } = boot();
    const fresh = times(5, () => call({ tier: 'S' }));
    const returning = times(5, () => call({ tier: 'S', returning: true }));
    const inLine = await Promise.all([takenWithin(20_000, returning), takenWithin(20_000, fresh)]);
    const [back, first] = inLine.map(instants);
    expect(Math.max(...(back ?? []))).toBeLessThan(Math.min(...(first ?? [])));
  });

  test('are no use after the caller has gone: the next in line gets them', async () => {
    const { boot, takenWithin } = createVirtualPermits();
    const { call } = boot();
    const controller = new AbortController();
    const reason = new Error('the batch is over');
    const quitters = times(3, () => call({ tier: 'S', signal: controller.signal }));
    const others = times(2, () => call({ tier: 'S' }));
    const early = await takenWithin(500, [...quitters, ...others]);
    expect(early).toMatchObject([{ kind: 'permit' }]);
    controller.abort(reason);
    const rest = await takenWithin(5_000, [...quitters, ...others]);
    const failed = rest.filter(({ kind }) => kind === 'failed');
    expect(failed).toMatchObject([{ error: reason }, { error: reason }]);
    expect(instants(await Promise.all(others))).toEqual([822, 1_622]);
  });

  test('are not waited for by a caller who has gone before', async () => {
    const { boot, takenWithin, table } = createVirtualPermits();
    const { take } = boot();
    const [taken] = await takenWithin(1_000, [take({ signal: AbortSignal.abort('too late') })]);
    expect(taken).toMatchObject({ kind: 'failed', error: 'too late' });
    expect(table.asked).toMatchObject({ reads: 0, writes: 0 });
  });

  test('are refused for five seconds when the ledger cannot be reached', async () => {
    const { boot, takenWithin } = createVirtualPermits();
    let isDown = true;
    const { call, events } = boot((store) => ({
      read: (key) => (isDown ? Promise.reject(new Error('down')) : store.read(key)),
    }));
    expect(await takenWithin(100, [call(), call()])).toMatchObject([
      { kind: 'later', retryAfterMs: 5_000 },
      { kind: 'later', retryAfterMs: 5_000 },
    ]);
    expect(events).toMatchObject([{ kind: 'store-failed', error: { message: 'down' } }]);
    isDown = false;
    expect(await takenWithin(1_000, [call()])).toMatchObject([{ kind: 'permit' }]);
  });

  test('end a caller by its own time, whatever the others have', async () => {
    const { boot, takenWithin, startMs } = createVirtualPermits();
    const { call } = boot();
    const patient = times(10, () => call({ tier: 'S' }));
    const hurried = call({ tier: 'S', notAfterMs: startMs + 2_000 });
    const [away] = await takenWithin(2_100, [hurried]);
    expect(away).toMatchObject({ kind: 'later' });
    expect(permits(await takenWithin(20_000, patient))).toHaveLength(10);
  });

  test('are waited for without end by a caller without an end', async () => {
    const { boot, takenWithin, table } = createVirtualPermits();
    const { call } = boot();
    const taken = await takenWithin(
      300_000,
      times(60, () => call({ tier: 'XS', notAfterMs: Infinity })),
    );
    expect(permits(taken)).toHaveLength(60);
    expect(table.asked.reads).toBeLessThan(200);
  });

  test('are reported once: a second report of the same call changes nothing', async () => {
    const { boot, takenWithin, table, pass } = createVirtualPermits();
    const { take, call, answered } = boot();
    const [taken] = await takenWithin(50, [take({ tier: 'XS' })]);
    if (taken?.kind !== 'permit') throw new Error('no permit');
    taken.permit.report(answered());
    await pass(5_000);
    const refusal: CallOutcome = { kind: 'throttled', atMs: 0, retryAfterMs: 60_000 };
    taken.permit.report(refusal);
    expect(await takenWithin(1_000, [call({ tier: 'XS' })])).toMatchObject([{ kind: 'permit' }]);
    expect(table.asked.lost).toBe(0);
  });

  test('of a process that died between reserving and sending count until they cannot arrive', async () => {
    const { boot, takenWithin, pass, table } = createVirtualPermits();
    const victim = boot();
    table.onWritten = victim.kill;
    void times(15, () => victim.call({ tier: 'XS', notAfterMs: victim.clock.nowMs() + 60_000 }));
    await pass(1_000);
    table.onWritten = () => {};
    const { call, clock } = boot();
    const early = await takenWithin(50_000, [
      call({ tier: 'XS', notAfterMs: clock.nowMs() + 50_000 }),
    ]);
    expect(early).toMatchObject([{ kind: 'later' }]);
    const later = call({ tier: 'XS', notAfterMs: clock.nowMs() + 60_000, returning: true });
    const [taken] = await takenWithin(60_000, [later]);
    expect(taken?.atMs).toBeGreaterThanOrEqual(71_000);
    expect(taken?.atMs).toBeLessThan(72_000);
  });

  describe('at the end of a batch', () => {
    test('are reported where they matter to others', async () => {
      const { boot, takenWithin, pass, table } = createVirtualPermits();
      const { call, permits: port } = boot();
      await takenWithin(
        10_000,
        times(100, () => call()),
      );
      const { writes } = table.asked;
      void port.flush();
      await pass(100);
      expect(table.asked.writes).toBe(writes + 1);
      void port.flush();
      await pass(100);
      expect(table.asked.writes).toBe(writes + 1);
    });

    test('are reported all, also one that is done while others are being reported', async () => {
      const { boot, takenWithin, pass, table } = createVirtualPermits();
      const { call, take, permits: port, answered } = boot();
      await takenWithin(
        10_000,
        times(100, () => call()),
      );
      const [last] = await takenWithin(100, [take()]);
      if (last?.kind !== 'permit') throw new Error('no permit');
      await takenWithin(200, [call()]);
      void port.flush();
      await pass(8); // the ledger has been read, and is being written
      last.permit.report(answered());
      await pass(100);
      void port.flush();
      await pass(100);
      const { state = '' } = table.items.get('account#POST /api/events') ?? {};
      expect(decodeLedger(state).reservations.filter(({ id }) => id !== undefined)).toEqual([]);
    });

    test('are reported with the next reservation where the account is quiet', async () => {
      const { boot, takenWithin, pass, table } = createVirtualPermits();
      const { call, permits: port } = boot();
      await takenWithin(
        10_000,
        times(50, () => call()),
      );
      const { writes } = table.asked;
      void port.flush();
      await pass(100);
      expect(table.asked.writes).toBe(writes);
    });
  });
});
