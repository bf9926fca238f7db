/** What the poll is invoked with: nothing, by its schedule; a connection, by a person. */
import * as z from 'zod';
import { connectionId } from '../../../shared/connections/contract.ts';

/** More than one run has time to fetch. */
const maxProfilesPerRequest = 1_000;

const scheduled = z
  .union([z.null(), z.undefined(), z.object({ source: z.enum(['aws.scheduler', 'aws.events']) })])
  .transform((): PollEvent => ({}));

const byHand = z
  .strictObject({
    /** Scans this connection alone. */
    connectionId: connectionId.optional(),
    /** Publishes just these profiles of it, changed or not. */
    profileIds: z.array(z.string().min(1).max(255)).min(1).max(maxProfilesPerRequest).optional(),
  })
  .refine(
    (event) => event.profileIds === undefined || event.connectionId !== undefined,
    'profileIds needs the connectionId that they belong to',
  );

export type PollEvent = z.output<typeof byHand>;

/** @throws Error that says what is wrong with the event. */
export const parsePollEvent = (event: unknown): PollEvent => {
  const fired = scheduled.safeParse(event);
  if (fired.success) return fired.data;
  const asked = byHand.safeParse(event);
  if (asked.success) return asked.data;
  throw new Error(`the poll cannot be invoked with this: ${z.prettifyError(asked.error)}`);
};
