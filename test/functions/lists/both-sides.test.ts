import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  drain,
  failures,
  histories,
  lists,
  minuteMs,
  type Name,
  names,
  people,
  runs,
  type Step,
  startWorld,
  step,
} from './list-histories.ts';
import type { ListsWorld } from './lists-consumer.ts';

type Channel = 'email' | 'sms';

/** What somebody does in Klaviyo itself. */
interface Act {
  readonly person: Name;
  readonly kind: 'opt_in' | 'opt_out' | 'opt_out_of_list' | 'suppress' | 'complain' | 'bounce';
  readonly channel: Channel;
  readonly list: (typeof lists)[number];
  /** Half minutes from ten minutes before the jobs begin to arrive. Those happened by the 16th. */
  readonly half: number;
}

const act: fc.Arbitrary<Act> = fc.record({
  person: fc.constantFrom(...names),
  kind: fc.constantFrom('opt_in', 'opt_out', 'opt_out_of_list', 'suppress', 'complain', 'bounce'),
  channel: fc.constantFrom<Channel>('email', 'sms'),
  list: fc.constantFrom(...lists),
  half: fc.nat(32),
});

/** Jobs on two channels, of lists and of the whole account. */
const anyStep: fc.Arbitrary<Step> = fc
  .record({
    one: step,
    channel: fc.constantFrom<Channel>('email', 'sms'),
    scope: fc.constantFrom<'list' | 'everywhere'>('list', 'everywhere'),
    isAccountWide: fc.boolean(),
  })
  .map(({ one, channel, scope, isAccountWide }) =>
    isAccountWide && /subscribe$/.test(one.type)
      ? { ...one, channel, list: undefined }
      : { ...one, channel, scope },
  );

const carryOut = ({ account }: ListsWorld, { person, kind, channel, list }: Act, atMs: number) => {
  const { id } = people[person];
  if (kind === 'opt_in') account.optIn(id, { channel, atMs });
  else if (kind === 'opt_out') account.optOut(id, { channel, atMs });
  else if (kind === 'opt_out_of_list') account.optOut(id, { listId: list, atMs });
  else if (kind === 'suppress') account.suppress(id, { atMs });
  else if (kind === 'complain') account.suppress(id, { reason: 'SPAM_COMPLAINT', atMs });
  else account.suppress(id, { reason: 'HARD_BOUNCE', atMs });
};

/** A statement about a consent, of either side. */
interface Statement {
  /** Half minutes. */
  readonly half: number;
  readonly on: boolean;
  /** Of one list alone, which the person has left or may be on: what comes of it depends on that. */
  readonly ofList: boolean;
}

const channelOf = ({ kind, channel }: Act): Channel =>
  kind === 'opt_in' || kind === 'opt_out' ? channel : 'email';

const statementsOf = (
  name: Name,
  channel: Channel,
  steps: readonly Step[],
  acts: readonly Act[],
) => {
  const ofJobs = steps
    .filter((one) => one.person === name && one.channel === channel && /subscribe$/.test(one.type))
    .map(({ type, minute, list, scope }): Statement => {
      const on = type === 'list.subscribe';
      const hasLeft = acts.some(
        (act) =>
          act.person === name &&
          act.kind === 'opt_out_of_list' &&
          act.list === list &&
          act.half >= 2 * minute,
      );
      const ofList = on ? channel === 'email' && hasLeft : list !== undefined && scope === 'list';
      return { half: 2 * minute, on, ofList };
    });
  const ofPeople = acts
    .filter((one) => one.person === name && channelOf(one) === channel)
    .filter(({ kind }) => kind !== 'bounce' && kind !== 'opt_out_of_list')
    .map(({ kind, half }): Statement => ({ half, on: kind === 'opt_in', ofList: false }));
  return [...ofJobs, ...ofPeople].toSorted(
    (a, b) => a.half - b.half || Number(b.on) - Number(a.on),
  );
};

/**
 * What a person says while our own requests are on their way cannot be told from what comes of those,
 * nor be put before them: for about a minute, and for a minute more where an instance died.
 */
const onTheirWayMs = 125_000;
/** For a consent it may be longer: see decision 0025. */
const maybeOursMs = 665_000;

const isClear = (acts: readonly Act[], startsAtMs: number, calls: readonly number[]) =>
  acts.every(({ kind, half }) => {
    const atMs = startsAtMs + (half / 2 - 10) * minuteMs;
    const withinMs = kind === 'opt_in' ? maybeOursMs : onTheirWayMs;
    return calls.every((callMs) => atMs < callMs - 2_000 || atMs > callMs + withinMs);
  });

const receives = (world: ListsWorld, name: Name, channel: Channel): boolean => {
  const profile = world.account.profile(people[name].id);
  const stopped = profile?.suppressions.some(({ reason }) => reason !== 'HARD_BOUNCE') ?? false;
  return profile?.consent[channel] === 'SUBSCRIBED' && !(channel === 'email' && stopped);
};

describe.each([
  ['a Klaviyo that never fails', []],
  ['calls that fail after they had their effect', failures],
])('between people who speak in Klaviyo as well, and %s,', (_, faults) => {
  test('no later opt-out is undone, and no job is lost', async () => {
    let checked = 0;
    await fc.assert(
      fc.asyncProperty(
        histories(anyStep),
        fc.array(act, { maxLength: 5 }),
        async (history, allActs) => {
          // One who says two things at one instant has said nothing.
          const acts = [...new Map(allActs.map((one) => [one.half, one])).values()];
          const calls: number[] = [];
          await using world = await startWorld(history, faults, ({ endpoint, atMs }) => {
            if (endpoint.includes('subscription-bulk')) calls.push(atMs);
          });
          const startsAtMs = world.now();
          const timed = acts.map((one) => {
            const atMs = startsAtMs + (one.half / 2 - 10) * minuteMs;
            return { atMs, act: () => carryOut(world, one, atMs) };
          });
          for (const one of timed.toSorted((a, b) => a.atMs - b.atMs))
            if (one.atMs < startsAtMs) one.act();
          await drain(
            world,
            history,
            timed.filter(({ atMs }) => atMs >= startsAtMs),
          );
          world.account.processPending();
          for (const name of names)
            for (const channel of ['email', 'sms'] as const) {
              const own = acts.filter((one) => one.person === name && channelOf(one) === channel);
              if (!isClear(own, startsAtMs, calls)) continue;
              const last = statementsOf(name, channel, history.steps, acts).at(-1);
              if (last === undefined || last.ofList) continue;
              checked += 1;
              expect([name, channel, receives(world, name, channel)]).toEqual([
                name,
                channel,
                last.on,
              ]);
            }
        },
      ),
      runs,
    );
    expect(checked).toBeGreaterThan(runs.numRuns);
  }, 600_000);
});
