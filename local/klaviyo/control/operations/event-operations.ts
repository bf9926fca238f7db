/** Events. */
import * as z from 'zod';
import { eventHolds } from '../../search.ts';
import { track } from '../../state/tracking.ts';
import { accountOf } from '../found.ts';
import { defineOperation } from '../operation.ts';
import { count, id } from '../shapes/basics.ts';
import { seedEvent, shownEvent, toShownEvent } from '../shapes/event-shapes.ts';
import { pageQuery, shownPart } from '../shown-part.ts';

const path = '/accounts/{account}/events';

export const eventOperations = [
  defineOperation({
    name: 'seed-events',
    method: 'POST',
    path,
    purpose: 'Records events at once. One that the account has already is not counted again.',
    body: z.strictObject({ events: z.array(seedEvent).min(1).max(10_000) }),
    answer: z.strictObject({ recorded: count }),
    respond: ({ control: { world }, param, body }) => {
      const account = accountOf(world, param('account'));
      const before = account.events.all().length;
      for (const { profile, metric, time = world.nowMs(), ...event } of body.events) {
        const { properties = {}, uniqueId, value, valueCurrency } = event;
        const recorded = { properties, uniqueId, value, valueCurrency, backfill: false };
        const timeSeconds = Math.floor(time / 1000);
        track(account, { write: profile }, [{ ...recorded, metricName: metric, timeSeconds }]);
      }
      return { recorded: account.events.all().length - before };
    },
  }),
  defineOperation({
    name: 'list-events',
    method: 'GET',
    path,
    purpose: 'Events, the last recorded first; of a profile or metric, or with any text on them.',
    query: z.strictObject({
      profile: id.exactOptional(),
      metric: z.string().exactOptional(),
      q: z.string().exactOptional(),
      ...pageQuery,
    }),
    answer: z.strictObject({ total: count, events: z.array(shownEvent) }),
    respond: ({ control: { world }, param, query }) => {
      const account = accountOf(world, param('account'));
      const { profile, metric, q } = query;
      const found = account.events
        .all()
        .filter((event) => profile === undefined || event.profileId === profile)
        .filter((event) => metric === undefined || event.metric.name === metric)
        .filter((event) => q === undefined || eventHolds(event, q));
      const { total, items } = shownPart(found.toReversed(), query);
      return { total, events: items.map(toShownEvent) };
    },
  }),
];
