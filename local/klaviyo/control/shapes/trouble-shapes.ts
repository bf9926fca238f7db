/** Faults, limits and delays, as they are set and as they are shown. */
import * as z from 'zod';
import { count, durationMs, endpoint, id } from './basics.ts';

const rate = z.number().int().min(0);

const match = z
  .strictObject({ endpoint: endpoint.exactOptional(), account: id.exactOptional() })
  .meta({ description: 'which calls; left out, all' });

const common = {
  match: match.exactOptional(),
  probability: z
    .number()
    .min(0)
    .max(1)
    .exactOptional()
    .meta({ description: 'the share of the matching calls that is hit; left out, all' }),
  times: count.exactOptional().meta({ description: 'how many calls are hit; left out, no end' }),
  skip: count.exactOptional().meta({ description: 'how many matching calls pass before' }),
};

const when = z
  .enum(['before', 'after'])
  .meta({ description: 'on which side of the effect of the call' });

const kinds = [
  z.strictObject({
    kind: z.literal('status'),
    status: z.number().int().min(400).max(599),
    when: when.exactOptional(),
    retryAfterSeconds: z.number().int().min(0).exactOptional(),
    body: z.unknown().exactOptional(),
    ...common,
  }),
  z.strictObject({ kind: z.literal('latency'), latencyMs: durationMs, ...common }),
  z.strictObject({ kind: z.literal('reset'), when, ...common }),
  z.strictObject({ kind: z.literal('challenge'), ...common }),
  z.strictObject({ kind: z.literal('half_body'), ...common }),
  z.strictObject({ kind: z.literal('byte_a_second'), ...common }),
  z.strictObject({
    kind: z.literal('page'),
    status: z.number().int().min(200).max(599),
    ...common,
  }),
  z.strictObject({
    kind: z.literal('redirect'),
    status: z.literal([301, 302, 303, 307, 308]).exactOptional(),
    ...common,
  }),
] as const;

const kindNames = kinds.map(({ shape }) => shape.kind.value).join(', ');

export const fault = z.discriminatedUnion('kind', kinds, {
  error: ({ code }) => (code === 'invalid_union' ? `must be one of ${kindNames}` : undefined),
});

export const shownFault = z.strictObject({ fault, hits: count });

export const limits = z.strictObject({
  enforced: z
    .boolean()
    .exactOptional()
    .meta({ description: "whether Klaviyo's own limits hold; left out, they do" }),
  ownLimits: z
    .array(
      z.strictObject({
        endpoint: endpoint.exactOptional(),
        account: id.exactOptional(),
        burst: rate.meta({ description: 'calls a second' }),
        steady: rate.meta({ description: 'calls a minute' }),
      }),
    )
    .exactOptional()
    .meta({ description: "in place of Klaviyo's own; of those that match, the first holds" }),
  timeScale: z
    .number()
    .positive()
    .max(1000)
    .exactOptional()
    .meta({ description: 'how many times shorter than a second and a minute the windows are' }),
  alignment: z.enum(['epoch', 'first-request']).exactOptional(),
  countRejected: z.boolean().exactOptional(),
  headersDescribe: z.enum(['burst', 'steady']).exactOptional(),
});

export const delays = z.strictObject({
  subscriptionMs: durationMs.exactOptional(),
  eventMs: durationMs.exactOptional(),
  jobMs: durationMs
    .exactOptional()
    .meta({ description: 'bulk imports, suppressions in bulk, merges and deletions' }),
  visibilityMs: durationMs.exactOptional(),
});

export const shownDelays = z.strictObject({
  subscriptionMs: durationMs,
  eventMs: durationMs,
  jobMs: durationMs,
  visibilityMs: durationMs,
});
