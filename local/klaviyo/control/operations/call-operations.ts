/** The calls that the API and OAuth have answered. */
import * as z from 'zod';
import type { AnsweredCall } from '../../call-log.ts';
import { defineOperation } from '../operation.ts';
import { count, done, instantText, toText } from '../shapes/basics.ts';
import { pageQuery, shownPart } from '../shown-part.ts';

const status = z
  .number()
  .int()
  .meta({ description: '0 where the connection was reset instead of an answer' });

const seen = { endpoint: z.string(), account: z.string().nullable(), status };

const shownCall = z.strictObject({
  at: instantText,
  method: z.string(),
  path: z.string(),
  ...seen,
  tookMs: count,
  request: z.string(),
  answer: z.string(),
});

const query = z.strictObject({
  endpoint: z.string().exactOptional(),
  account: z.string().exactOptional(),
  status: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a status such as 429')
    .transform(Number)
    .exactOptional(),
  ...pageQuery,
});

const isWanted =
  (wanted: z.output<typeof query>) =>
  (call: Omit<AnsweredCall, 'atMs'>): boolean =>
    (wanted.endpoint ?? call.endpoint) === call.endpoint &&
    (wanted.account ?? call.account) === call.account &&
    (wanted.status ?? call.status) === call.status;

export const callOperations = [
  defineOperation({
    name: 'list-calls',
    method: 'GET',
    path: '/calls',
    purpose: 'How many calls were answered how, and the last ones with their answers.',
    query,
    answer: z.strictObject({
      total: count,
      counts: z.array(z.strictObject({ ...seen, count })),
      calls: z.array(shownCall),
    }),
    respond: ({ control: { log }, query: wanted }) => {
      const counts = log.counts().filter(isWanted(wanted));
      const { items } = shownPart(log.recent().filter(isWanted(wanted)), wanted);
      return {
        total: counts.reduce((sum, one) => sum + one.count, 0),
        counts: counts.map(({ endpoint, account = null, ...rest }) => ({
          endpoint,
          account,
          ...rest,
        })),
        calls: items.map(({ atMs, account = null, tookMs, ...call }) => ({
          ...{ at: toText(atMs), method: call.method, path: call.path },
          ...{ endpoint: call.endpoint, account, status: call.status },
          tookMs: Math.round(tookMs),
          ...{ request: call.request, answer: call.answer },
        })),
      };
    },
  }),
  defineOperation({
    name: 'clear-calls',
    method: 'DELETE',
    path: '/calls',
    purpose: 'Forgets the calls, and counts from zero.',
    answer: done,
    respond: ({ control: { log } }) => {
      log.clear();
      return { done: true };
    },
  }),
];
