import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { paceOf } from '../../../shared/pacing/pace.ts';
import { watchPlans, withoutPermit } from '../../support/planned-instants.ts';
import { createQuotaSimulation, mostWithin } from '../../support/quota-simulation.ts';

const tier = fc.constantFrom('XS', 'S', 'M', 'L', 'XL');
const batchSizes = { XS: 5, S: 20, M: 50, L: 100, XL: 250 } as const;

const worlds = fc.record({
  tier,
  seed: fc.integer(),
  workers: fc.integer({ min: 1, max: 8 }),
  minutes: fc.integer({ min: 1, max: 3 }),
  clockErrorMs: fc.integer({ min: 0, max: 5 }),
  crashRate: fc.constantFrom(0, 0.05, 0.3),
  medianMs: fc.integer({ min: 10, max: 200 }),
  p99Ms: fc.integer({ min: 200, max: 900 }),
  alignment: fc.constantFrom('epoch', 'first-request'),
  epochOffsetMs: fc.integer({ min: 0, max: 59_999 }),
  countRejected: fc.boolean(),
  share: fc.constantFrom(1, 1, 1, 0.4),
});

describe('permits of many processes', () => {
  test(
    'keep every second within the burst and every minute within the steady limit, with no call refused',
    () =>
      fc.assert(
        fc.asyncProperty(worlds, async (world) => {
          const { medianMs, p99Ms, alignment, epochOffsetMs, countRejected, minutes } = world;
          const simulation = createQuotaSimulation({
            ...world,
            batchSize: batchSizes[world.tier],
            batchingWindowMs: 1_000,
            latency: { medianMs, p99Ms },
            windows: { alignment, epochOffsetMs, countRejected },
          });
          const planned = watchPlans(simulation.table);
          const pace = paceOf(world.tier, world.share);
          for (let job = 0; job < pace.steady * minutes; job += 1) simulation.send('account');
          await simulation.time.run(simulation.time.nowMs() + minutes * 90_000);

          const { arrivalsMs, sentMs, refusedMs } = simulation.klaviyoOf('account');
          expect(arrivalsMs.length).toBeGreaterThan(0);
          expect(refusedMs).toEqual([]);
          expect(mostWithin(arrivalsMs, 60_000)).toBeLessThanOrEqual(pace.steady);
          const { burst } = paceOf(world.tier, 1);
          expect(mostWithin(arrivalsMs, 1_000)).toBeLessThanOrEqual(burst);
          const plannedMs = planned.get('account#POST /api/events') ?? [];
          expect(withoutPermit(sentMs, plannedMs, 250, world.clockErrorMs)).toEqual([]);
        }),
        { numRuns: 150 },
      ),
    60_000,
  );

  test('use nearly all of the steady limit under a backlog', async () => {
    const simulation = createQuotaSimulation({
      tier: 'L',
      workers: 5,
      seed: 1,
      batchSize: 100,
      batchingWindowMs: 1_000,
    });
    for (let job = 0; job < 700 * 11; job += 1) simulation.send('account');
    await simulation.time.run(simulation.time.nowMs() + 11 * 61_000);
    const { arrivalsMs } = simulation.klaviyoOf('account');
    const tenMinutesMs = (arrivalsMs[7_000] ?? Infinity) - (arrivalsMs[0] ?? 0);
    expect(600_000 / tenMinutesMs).toBeGreaterThan(0.985);
    expect(simulation.receives.total / simulation.receives.jobs).toBeLessThan(2.1);
    expect(simulation.table.asked.writes / arrivalsMs.length).toBeLessThan(0.05);
  });

  test('give way to outside usage of the same account, and come back when it has gone', async () => {
    const simulation = createQuotaSimulation({
      tier: 'S',
      workers: 2,
      seed: 1,
      batchSize: 20,
      batchingWindowMs: 1_000,
    });
    const { time } = simulation;
    const klaviyo = simulation.klaviyoOf('account');
    const outsider = time.process();
    const startMs = time.nowMs();
    const goneMs = startMs + 60 * 60_000;
    const intrude = (): void => {
      void klaviyo.call(outsider, 100);
      if (time.nowMs() < goneMs) time.after(4_000, intrude); // 15 of the 60 calls of a minute
    };
    intrude();
    for (let job = 0; job < 60 * 240; job += 1) simulation.send('account');
    await time.run(startMs + 240 * 60_000);

    const perMinute = (instantsMs: readonly number[], from: number, to: number): number =>
      instantsMs.filter((atMs) => atMs >= startMs + from * 60_000 && atMs < startMs + to * 60_000)
        .length /
      (to - from);
    expect(perMinute(klaviyo.refusedMs, 0, 10)).toBeGreaterThan(1);
    expect(perMinute(klaviyo.refusedMs, 30, 60)).toBeLessThan(0.5);
    expect(perMinute(klaviyo.arrivalsMs, 30, 60)).toBeGreaterThan(50);
    expect(perMinute(klaviyo.refusedMs, 61, 240)).toBe(0);
    expect(perMinute(klaviyo.arrivalsMs, 200, 230)).toBeGreaterThan(58);
  });
});
