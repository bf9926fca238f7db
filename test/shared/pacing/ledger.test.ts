import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tiers } from '../../../shared/klaviyo/index.ts';
import { apply, type Ledger, newLedger, type Operation } from '../../../shared/pacing/ledger.ts';
import { paceOf } from '../../../shared/pacing/pace.ts';
import { mostWithin } from '../../support/quota-simulation.ts';
import { playLedger } from '../../support/random-ledger.ts';

const startMs = 1_700_000_000_000;
const tierNames = ['XS', 'S', 'M', 'L', 'XL'] as const;

const operation = (fresh: number, more: Partial<Operation> = {}): Operation => ({
  receipts: [],
  wanted: { returning: 0, fresh },
  fromMs: startMs,
  untilMs: startMs + 20_000,
  ...more,
});

const histories = fc.record({
  seed: fc.integer(),
  tier: fc.constantFrom(...tierNames),
  share: fc.constantFrom(1, 1, 0.5, 0.03),
  steps: fc.integer({ min: 10, max: 120 }),
  mostWanted: fc.constantFrom(1, 5, 50, 400),
});

describe('the ledger', () => {
  test('never lets more than the steady limit arrive in any 60 seconds, come what may', () =>
    fc.assert(
      fc.property(histories, ({ tier, share, ...history }) => {
        const pace = paceOf(tier, share);
        const { arrivalsMs } = playLedger({ pace, ...history });
        expect(mostWithin(arrivalsMs, 60_000)).toBeLessThanOrEqual(pace.steady);
      }),
      { numRuns: 300 },
    ));

  test('never lets more than that arrive where several connections share it unevenly', () =>
    fc.assert(
      fc.property(histories, fc.constantFrom(0.01, 0.3), ({ tier, share, ...history }, other) => {
        const pace = paceOf(tier, share);
        const otherPaces = [paceOf(tier, other)];
        const { arrivalsMs } = playLedger({ pace, otherPaces, ...history });
        const most = Math.max(pace.steady, paceOf(tier, other).steady);
        expect(mostWithin(arrivalsMs, 60_000)).toBeLessThanOrEqual(most);
      }),
      { numRuns: 200 },
    ));

  test('plans instants in the order of commits, a gap apart', () =>
    fc.assert(
      fc.property(histories, ({ tier, share, ...history }) => {
        const pace = paceOf(tier, share);
        const { plannedMs } = playLedger({ pace, ...history });
        const gaps = plannedMs.slice(1).map((instantMs, i) => instantMs - (plannedMs[i] ?? 0));
        expect(Math.min(pace.gapMs, ...gaps)).toBe(pace.gapMs);
      }),
      { numRuns: 100 },
    ));

  test('grants the whole steady limit to the first who ask, in one reservation', () => {
    for (const tier of tierNames) {
      const pace = paceOf(tier, 1);
      const untilMs = startMs + 60_000;
      const { grant } = apply(newLedger(startMs), startMs, operation(9_999, { untilMs }), pace);
      expect(grant).toMatchObject({ count: tiers[tier].steady, firstMs: startMs });
    }
  });

  test('cuts a reservation at the last instant that is of use', () => {
    const { grant } = apply(newLedger(startMs), startMs, operation(60), paceOf('S', 1));
    expect(grant.count).toBe(26); // 0, 800, … 20,000
    expect(grant.deferredUntilMs.fresh[0]).toBeGreaterThan(startMs + 20_000);
    expect(grant.deferredUntilMs.fresh).toHaveLength(34);
  });

  test('counts answered calls for a minute from their answers, and no longer', () => {
    const pace = paceOf('XS', 1);
    const first = apply(newLedger(startMs), startMs, operation(2), pace);
    const answeredMs = [startMs + 4_000, startMs + 500];
    const receipt = { id: first.grant.id, firstMs: startMs, gapMs: pace.gapMs, unansweredMs: [] };
    const reported = apply(
      first.ledger,
      startMs + 5_000,
      operation(0, { receipts: [{ ...receipt, answeredMs }] }),
      pace,
    );
    expect(reported.ledger.reservations).toEqual([
      { expiresMs: startMs + 60_510, count: 2, stepMs: pace.gapMs },
    ]);
  });

  test('keeps a lost call for as long as it may yet arrive', () => {
    const pace = paceOf('L', 1);
    const first = apply(newLedger(startMs), startMs, operation(3), pace);
    const receipt = {
      id: first.grant.id,
      firstMs: startMs,
      gapMs: 20,
      answeredMs: [startMs + 100],
      unansweredMs: [startMs + 10_000],
    };
    const { ledger } = apply(
      first.ledger,
      startMs + 10_000,
      operation(0, { receipts: [receipt] }),
      pace,
    );
    expect(ledger.reservations).toEqual([
      { expiresMs: startMs + 60_110, count: 1, stepMs: 20 },
      { expiresMs: startMs + 81_010, count: 1, stepMs: 0 },
    ]);
  });

  test('takes the same receipt twice as once', () => {
    const pace = paceOf('L', 1);
    const first = apply(newLedger(startMs), startMs, operation(10), pace);
    const { id } = first.grant;
    const receipts = [{ id, firstMs: startMs, gapMs: 20, answeredMs: [startMs], unansweredMs: [] }];
    const once = apply(first.ledger, startMs + 1_000, operation(0, { receipts }), pace);
    const twice = apply(once.ledger, startMs + 1_000, operation(0, { receipts }), pace);
    expect(twice.ledger).toEqual(once.ledger);
  });

  test('blocks everyone after a refusal', () => {
    const refusedUntilMs = startMs + 7_000;
    const pace = paceOf('L', 1);
    const { grant } = apply(newLedger(startMs), startMs, operation(5, { refusedUntilMs }), pace);
    expect(grant).toMatchObject({ count: 5, firstMs: refusedUntilMs });
  });

  test('lets fresh jobs stand back for those that wait', () => {
    const pace = paceOf('L', 1);
    const waiting: Ledger = { ...newLedger(startMs), freshTailMs: startMs + 30_000 };
    const wanted = { returning: 2, fresh: 3 };
    const { grant, ledger } = apply(waiting, startMs, operation(0, { wanted }), pace);
    expect(grant.count).toBe(2);
    expect(grant.deferredUntilMs.returning).toEqual([]);
    expect(grant.deferredUntilMs.fresh).toHaveLength(3);
    expect(grant.deferredUntilMs.fresh[0]).toBeGreaterThanOrEqual(startMs + 30_000);
    expect(ledger.freshTailMs).toBeGreaterThan(startMs + 30_000);
  });

  test('lets a queue take as much less time as the share of the limit has been raised', () => {
    const [slow, full] = [paceOf('L', 0.1), paceOf('L', 1)];
    const minute = { untilMs: startMs + 20_000 };
    const before = apply(newLedger(startMs), startMs, operation(770, minute), slow);
    expect(before.grant.deferredUntilMs.fresh).toHaveLength(770 - before.grant.count);
    const waitMs = before.ledger.freshTailMs - startMs;
    expect(waitMs).toBeGreaterThan(600_000);
    const { grant } = apply(before.ledger, startMs, operation(1, minute), full);
    const [untilMs = 0] = grant.deferredUntilMs.fresh;
    expect(untilMs - startMs).toBeGreaterThanOrEqual(waitMs / 10);
    expect(untilMs - startMs).toBeLessThan(waitMs / 10 + 2_000);
  });

  test('forgets a queue to which nobody comes back', () => {
    const pace = paceOf('L', 1);
    const ghosts: Ledger = {
      ...newLedger(startMs - 25_000),
      freshTailMs: startMs + 3_600_000,
    };
    const { grant } = apply(ghosts, startMs, operation(3), pace);
    expect(grant).toMatchObject({ count: 3, firstMs: startMs });
  });

  test('keeps the queue of those who wait until the permits in use are free again', () => {
    const pace = paceOf('XL', 1);
    const busy = apply(newLedger(startMs), startMs, operation(3_500), pace).ledger;
    const nowMs = startMs + 45_000; // the last of them was sent half a minute ago
    const later = { fromMs: nowMs, untilMs: nowMs + 40_000 };
    const waiting = { ...busy, freshTailMs: nowMs + 100_000 };
    expect(apply(waiting, nowMs, operation(1, later), pace).grant.count).toBe(0);
  });

  test('puts off no permit that is free for the sake of one that is not', () => {
    const pace = paceOf('S', 1);
    const used = { expiresMs: startMs + 15_000, count: 59, stepMs: 0 };
    const ledger: Ledger = { ...newLedger(startMs), reservations: [used] };
    const { grant } = apply(ledger, startMs, operation(2), pace);
    expect(grant).toMatchObject({ firstMs: startMs, count: 1 });
  });

  test('leaves a share to outside usage after repeated refusals, and takes it back in time', () => {
    const pace = paceOf('L', 1);
    const refuseAt = (ledger: Ledger, nowMs: number): Ledger =>
      apply(ledger, nowMs, operation(0, { refusedUntilMs: nowMs + 1_000 }), pace).ledger;
    const countAt = (ledger: Ledger, nowMs: number): number =>
      apply(ledger, nowMs, operation(9_999, { fromMs: nowMs, untilMs: nowMs + 60_000 }), pace).grant
        .count;
    let ledger = refuseAt(newLedger(startMs), startMs);
    expect(countAt(ledger, startMs + 2_000)).toBe(700);
    for (let met = 1; met <= 3; met += 1) ledger = refuseAt(ledger, startMs + met * 2_000);
    expect(countAt(ledger, startMs + 8_000)).toBe(560);
    expect(countAt(ledger, startMs + 7_200_000)).toBe(700);
  });

  test('tries three tenths of the limit however often outside usage shows', () => {
    const pace = paceOf('L', 1);
    let ledger = newLedger(startMs);
    for (let met = 0; met < 30; met += 1) {
      const nowMs = startMs + met * 2_000;
      const refused = operation(0, { refusedUntilMs: nowMs + 1_000 });
      ledger = apply(ledger, nowMs, refused, pace).ledger;
    }
    const [fromMs, untilMs] = [startMs + 60_000, startMs + 120_000];
    const { grant } = apply(ledger, fromMs, operation(9_999, { fromMs, untilMs }), pace);
    expect(grant.count).toBe(210);
  });

  test('takes refusals of calls that were under way together for one', () => {
    const pace = paceOf('L', 1);
    let ledger = newLedger(startMs);
    for (let call = 0; call < 20; call += 1) {
      const refused = operation(0, { refusedUntilMs: startMs + 5_000 + call });
      ledger = apply(ledger, startMs + call, refused, pace).ledger;
    }
    const [fromMs, untilMs] = [startMs + 6_000, startMs + 66_000];
    const { grant } = apply(ledger, fromMs, operation(9_999, { fromMs, untilMs }), pace);
    expect(grant.count).toBe(700);
  });
});
