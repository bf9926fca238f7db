/** Every type of job, with its queue and its schema. */
import type * as z from 'zod';
import { customerChanged } from '../../../shared/jobs/contract/messages.ts';
import { jobQueues } from '../../../shared/jobs/contract/queues.ts';
import { plainWords } from '../plain-words.ts';
import type { QueueName } from '../stage-resources.ts';
import { faultAt, type Issue } from './describe-issues.ts';

export interface MessageType {
  readonly type: string;
  readonly queue: QueueName;
  readonly schema: z.ZodObject;
}

const jobTypes: readonly MessageType[] = jobQueues.flatMap(({ name, message }) =>
  message.options.map((schema) => ({
    type: schema.shape.type.value,
    queue: name,
    schema: schema as z.ZodObject,
  })),
);

const byType = new Map(
  [
    ...jobTypes,
    { type: 'customer.changed', queue: 'inbound' as const, schema: customerChanged },
  ].map((one) => [one.type, one]),
);

/** The types that other systems send; the rest is the bridge's own. */
export const producerTypes: readonly string[] = jobTypes
  .map(({ type }) => type)
  .filter((type) => type !== 'event.confirm');

export const messageTypeOf = (type: unknown): MessageType | undefined =>
  typeof type === 'string' ? byType.get(type) : undefined;

/** A message by its schema: what it holds, or what is wrong with it. */
export const parseMessage = (
  schema: z.ZodType,
  value: unknown,
): { readonly data?: unknown; readonly issues: readonly Issue[] } => {
  try {
    const { data, error } = schema.safeParse(value, { error: plainWords });
    return { data, issues: error?.issues ?? [] };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { issues: [faultAt([], 'is nested too deeply')] };
  }
};
