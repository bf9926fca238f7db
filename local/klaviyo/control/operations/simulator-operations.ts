/** The simulator as a whole: what it holds, its clock, its pending work, and back to the start. */
import * as z from 'zod';
import { accountOf } from '../found.ts';
import { type Control, ControlRefusal, defineOperation } from '../operation.ts';
import { shownAccount, toShownAccount } from '../shapes/account-shapes.ts';
import { count, done, id, instant, instantText, toText } from '../shapes/basics.ts';
import { fault, limits, shownDelays } from '../shapes/trouble-shapes.ts';

export const shownClock = z.strictObject({ now: instantText, runs: z.boolean() });

const toShownClock = ({ world: { clock } }: Control) => ({
  now: toText(clock.nowMs()),
  runs: clock.runs(),
});

const clockChange = z
  .strictObject({
    now: instant.exactOptional(),
    advanceSeconds: z.number().min(0).max(315_360_000).exactOptional(),
    runs: z.boolean().exactOptional(),
  })
  .refine(
    ({ now, advanceSeconds }) => now === undefined || advanceSeconds === undefined,
    'takes now or advanceSeconds, not both',
  );

export const simulatorOperations = [
  defineOperation({
    name: 'show-simulator',
    method: 'GET',
    path: '',
    purpose: 'Accounts, clock, faults, limits, delays.',
    answer: z.strictObject({
      url: z.url(),
      clock: shownClock,
      accounts: z.array(shownAccount),
      apps: z.array(z.strictObject({ clientId: z.string(), redirectUris: z.array(z.string()) })),
      faults: z.array(fault),
      limits,
      delays: shownDelays,
    }),
    respond: ({ control }) => {
      const { world, url } = control;
      for (const account of world.accounts) account.processPending();
      return {
        url,
        clock: toShownClock(control),
        accounts: world.accounts.map(toShownAccount),
        apps: world.apps.map(({ clientId, redirectUris }) => ({
          clientId,
          redirectUris: [...redirectUris],
        })),
        faults: world.faults.hits().map((one) => one.fault),
        limits: limits.parse(world.rateLimiting.options),
        delays: { ...world.delays },
      };
    },
  }),
  defineOperation({
    name: 'process-pending-work',
    method: 'POST',
    path: '/process',
    purpose: 'Does at once what the API has accepted and would do later.',
    body: z.strictObject({ account: id.exactOptional() }),
    answer: z.strictObject({ processed: count }),
    respond: ({ control: { world }, body: { account } }) => {
      const accounts = account === undefined ? world.accounts : [accountOf(world, account)];
      const processed = accounts.map((one) => {
        const pending = one.pendingCount();
        one.processPending(Number.POSITIVE_INFINITY);
        return pending;
      });
      return { processed: processed.reduce((sum, one) => sum + one, 0) };
    },
  }),
  defineOperation({
    name: 'set-clock',
    method: 'PUT',
    path: '/clock',
    purpose: 'Moves the clock forward, stops it, or lets it run.',
    body: clockChange,
    answer: shownClock,
    respond: ({ control, body: { now, advanceSeconds, runs } }) => {
      const { clock } = control.world;
      const target = now ?? clock.nowMs() + (advanceSeconds ?? 0) * 1000;
      if (now !== undefined && now < clock.nowMs()) {
        throw new ControlRefusal(409, `now: the clock moves forward only; a reset sets it back`);
      }
      if (runs !== undefined) clock.run(runs);
      if (now !== undefined || advanceSeconds !== undefined) clock.moveTo(target);
      return toShownClock(control);
    },
  }),
  defineOperation({
    name: 'reset',
    method: 'POST',
    path: '/reset',
    purpose: 'Back to the start: accounts, clock, faults and limits as the settings have them.',
    answer: done,
    respond: ({ control }) => {
      control.reset();
      return { done: true };
    },
  }),
];
