/** What makes a caller's life hard: faults, limits, delays. */
import * as z from 'zod';
import { createFaultScript, type Fault } from '../../faults.ts';
import { createRateLimiting } from '../../rate-limiting.ts';
import type { World } from '../../world.ts';
import { defineOperation } from '../operation.ts';
import { delays, fault, limits, shownDelays, shownFault } from '../shapes/trouble-shapes.ts';

const faults = z.strictObject({ faults: z.array(fault).max(1000) });
const answer = z.strictObject({ faults: z.array(shownFault) });

const setFaults = (world: World, wanted: readonly Fault[]) => {
  world.faults = createFaultScript(wanted, world.random);
  return { faults: world.faults.hits() };
};

export const troubleOperations = [
  defineOperation({
    name: 'set-faults',
    method: 'PUT',
    path: '/faults',
    purpose:
      'What goes wrong from now on, in place of all faults before. Of several, the first hits.',
    body: faults,
    answer,
    respond: ({ control: { world }, body }) => setFaults(world, body.faults),
  }),
  defineOperation({
    name: 'show-faults',
    method: 'GET',
    path: '/faults',
    purpose: 'The faults, and how many calls each has hit.',
    answer,
    respond: ({ control: { world } }) => ({ faults: world.faults.hits() }),
  }),
  defineOperation({
    name: 'clear-faults',
    method: 'DELETE',
    path: '/faults',
    purpose: 'Nothing goes wrong any more.',
    answer,
    respond: ({ control: { world } }) => setFaults(world, []),
  }),
  defineOperation({
    name: 'set-limits',
    method: 'PUT',
    path: '/limits',
    purpose: 'The rate limits, in place of those before; all quotas are fresh again.',
    body: limits,
    answer: limits,
    respond: ({ control: { world }, body }) => {
      world.rateLimiting = createRateLimiting(body, world.nowMs);
      return body;
    },
  }),
  defineOperation({
    name: 'set-delays',
    method: 'PUT',
    path: '/delays',
    purpose: 'How long accepted work takes; what is left out stays. Holds for calls from now on.',
    body: delays,
    answer: shownDelays,
    respond: ({ control: { world }, body }) => ({ ...Object.assign(world.delays, body) }),
  }),
];
