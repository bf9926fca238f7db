import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { State } from './model-klaviyo.ts';
import {
  createPollWorld,
  type OwnWrite,
  type PollWorld,
  type Publication,
  startMs,
} from './poll-world.ts';

const profileIds = ['P1', 'P2', 'P3', 'P4'];
const dayMs = 86_400_000;

/** Few distinct instants, so that many changes share a second. */
const instant = fc.tuple(fc.nat(7), fc.nat(3)).map(([slot, part]) => slot * 25_000 + part * 250);

const change = fc.record({
  profile: fc.constantFrom(...profileIds),
  atMs: instant,
  by: fc.constantFrom('klaviyo', 'klaviyo', 'own', 'ahead'),
  lateMs: fc.oneof(fc.constant(0), fc.integer({ min: 30_000, max: 45_000 })),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

const crash = fc.record({ step: fc.integer({ min: 1, max: 25 }), carriedOut: fc.boolean() });

const run = fc.record({
  jitterMs: fc.nat(3_000),
  crash: fc.option(crash, { nil: undefined }),
  clockErrorMs: fc.integer({ min: -1_500, max: 1_500 }),
  /** The schedule fires twice: how much later the second time is. */
  againAfterMs: fc.option(fc.oneof(fc.nat(300), fc.nat(20_000)), { nil: undefined }),
});

const round = fc.record({
  changes: fc.array(change, { maxLength: 10 }),
  /** In the last minutes of the round: the fewer, the more has gathered before them. */
  runs: fc.array(run, { minLength: 1, maxLength: 4 }),
});

const scenario = fc.record({
  seed: fc.nat(),
  late: fc.constantFrom('state' as const, 'index' as const),
  startFrom: fc.constantFrom('now', 'beginning', '2026-11-23T10:00:00Z'),
  faults: fc.constantFrom(0, 0.1),
  fullness: fc.constantFrom(0, 0.4),
  pageSize: fc.constantFrom(1, 2, 3),
  pace: fc.constantFrom(
    { slowestCallMs: 25_000, cursorLifetimeMs: Number.POSITIVE_INFINITY },
    { slowestCallMs: 25_000, cursorLifetimeMs: 100_000 },
    { slowestCallMs: 2_000, cursorLifetimeMs: 4_000 },
  ),
  rounds: fc.array(round, { minLength: 1, maxLength: 2 }),
});

type Round = typeof round extends fc.Arbitrary<infer T> ? T : never;
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

const secondsOf = (ms: number) => Math.floor(ms / 1_000);

const playRound = async (
  { time, klaviyo, invoke, writeOwn }: PollWorld,
  { changes, runs }: Round,
  count: () => number,
) => {
  const beganMs = time.nowMs();
  const apply = ({ profile, by, lateMs }: Change) => {
    const n = count();
    if (by === 'own') {
      writeOwn(profile, { first_name: `name ${n}`, properties: { own: n } });
      return;
    }
    const aheadMs = by === 'ahead' ? dayMs : 0;
    klaviyo.write(profile, { properties: { changed: n } }, { lateMs, aheadMs });
  };
  for (const one of changes) time.after(one.atMs, () => apply(one));
  for (const [tick, { jitterMs, againAfterMs, ...options }] of runs.entries()) {
    const atMs = (4 - runs.length + tick) * 60_000 + jitterMs;
    time.after(atMs, () => invoke({ ...options, faulty: true }));
    if (againAfterMs !== undefined) time.after(atMs + againAfterMs, () => invoke({ faulty: true }));
  }
  await time.run(beganMs + 240_000);
};

/** Runs without any fault until the last change must have been seen. */
const quieten = async ({ time, invoke }: PollWorld, runs = 7) => {
  for (let tick = 0; tick < runs; tick += 1) {
    invoke({ faulty: false });
    await time.run(time.nowMs() + 60_000);
  }
};

/** What the other system knows: what it was told last, with what it has sent since laid over it. */
const knownOf = (
  profile: string,
  publications: readonly Publication[],
  written: readonly OwnWrite[],
): Partial<State> | undefined => {
  const told = publications.findLast(({ message }) => message.profile.profileId === profile);
  if (told === undefined) return undefined;
  const toldSeconds = secondsOf(Date.parse(told.message.changedAt));
  const since = written.filter(
    (own) => own.profile === profile && secondsOf(own.updatedMs) > toldSeconds,
  );
  const { first_name, properties } = told.message.profile.attributes as unknown as State;
  return since.reduce<State>(
    (state, { change }) => ({
      first_name: change.first_name ?? state.first_name,
      properties: { ...state.properties, ...change.properties },
    }),
    { first_name, properties },
  );
};

const expectRepeatsAfterDeathOnly = (publications: readonly Publication[]) => {
  const before = new Map<string, Publication>();
  for (const publication of publications) {
    const { changeId } = publication.message;
    const earlier = before.get(changeId);
    if (earlier !== undefined)
      expect(earlier.run.deadSinceMs, changeId).toBeLessThanOrEqual(publication.atMs);
    before.set(changeId, publication);
  }
};

/** The profiles that nothing but our own writes has changed: none of them is news. */
const expectNoEcho = (
  changes: readonly Change[],
  told: ReadonlyMap<string, number>,
  publications: readonly Publication[],
  written: readonly OwnWrite[],
) => {
  const byProfile = Map.groupBy(changes, ({ profile }) => profile);
  for (const [profile, all] of byProfile) {
    if (all.some(({ by }) => by !== 'own')) continue;
    const toldMs = told.get(profile);
    // What it had before was never told, or shares the second of the write: it is told in doubt.
    if (toldMs === undefined) continue;
    if (written.some((own) => secondsOf(own.updatedMs) === secondsOf(toldMs))) continue;
    const echoes = publications.filter(({ message }) => message.profile.profileId === profile);
    expect(echoes, profile).toEqual([]);
  }
};

const lastToldMs = (publications: readonly Publication[]) =>
  new Map(
    publications.map(({ message }) => [message.profile.profileId, Date.parse(message.changedAt)]),
  );

const play = async (options: Scenario) => {
  const world = createPollWorld({ ...options, ...options.pace });
  const { time, klaviyo, publications, ownWrites: written } = world;
  for (const [index, id] of profileIds.entries())
    klaviyo.create(id, { first_name: id, properties: {} }, startMs - 3_600_000 - index * 300);
  let changes = 0;
  const count = () => {
    changes += 1;
    return changes;
  };
  const expectKnown = (profile: string) =>
    expect(knownOf(profile, publications, written), profile).toMatchObject(
      klaviyo.latest(profile).state,
    );

  await quieten(world, 2);
  // From `now` on, nothing that was there before; else the whole account, however it is paged.
  for (const profile of profileIds)
    if (options.startFrom === 'now') expect(publications).toEqual([]);
    else expectKnown(profile);
  const ahead = new Set<string>();
  const everAhead = new Set<string>();
  for (const next of options.rounds) {
    const before = publications.length;
    const told = lastToldMs(publications);
    await playRound(world, next, count);
    await quieten(world);
    const inOrder = next.changes.toSorted((a, b) => a.atMs - b.atMs);
    for (const { profile, by } of inOrder) {
      if (by === 'ahead') everAhead.add(profile);
      if (by === 'ahead') ahead.add(profile);
      else ahead.delete(profile);
    }
    // A profile that is dated ahead is told of once its date has come.
    for (const { profile } of inOrder) if (!ahead.has(profile)) expectKnown(profile);
    const fromHere = inOrder.filter(({ profile }) => !everAhead.has(profile));
    expectNoEcho(fromHere, told, publications.slice(before), written);
  }
  await time.run(time.nowMs() + dayMs);
  await quieten(world);
  for (const profile of ahead) expectKnown(profile);
  expectRepeatsAfterDeathOnly(publications);
  expect(world.marksInTheFuture).toEqual([]);
  expect(world.errors()).toEqual([]);
};

describe('the poll, in virtual time', () => {
  test('misses no change, repeats one after a crash alone, and never looks into the future', async () => {
    await fc.assert(fc.asyncProperty(scenario, play), {
      numRuns: Number(process.env.POLL_MODEL_RUNS ?? 1_000),
    });
  }, 60_000);
});
