/** What the poll is invoked with: nothing, by its schedule; a connection, by a person. */
import * as z from 'zod';
import { connectionId } from '../../shared/contracts/connection.ts';

/** More than the time of one run would read. */
const maxProfilesPerSync = 1_000;

const scheduled = z
  .union([z.null(), z.undefined(), z.object({ source: z.literal('aws.scheduler') })])
  .transform((): PollEvent => ({}));

const byHand = z
  .strictObject({
    /** Scans this connection alone. */
    connectionId: connectionId.optional(),
    /** Publishes just these profiles of it, changed or not. */
    profileIds: z.array(z.string().min(1).max(255)).min(1).max(maxProfilesPerSync).optional(),
  })
  .refine(
    (event) => event.profileIds === undefined || event.connectionId !== undefined,
    'profileIds needs the connectionId that they belong to',
  );

export const pollEvent = z.union([scheduled, byHand]);

export type PollEvent = z.output<typeof byHand>;
