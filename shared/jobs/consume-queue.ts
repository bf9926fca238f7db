/** From a batch of messages to the outcome of each: what every consumer has in common. */
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type * as z from 'zod';
import type { ConnectionState } from '../connections/find-connection.ts';
import { inParallel } from '../platform/in-parallel.ts';
import { deadlineSignal } from './deadline-signal.ts';
import type { Dispose } from './dispose-jobs.ts';
import { type Delivery, type Job, type JobMessage, parseJob, toDelivery } from './job.ts';
import { heldWaitMs, type JobOutcome, outcomeOf } from './outcome.ts';

export interface BatchContext {
  /** Aborts a second before the function would be killed. */
  readonly signal: AbortSignal;
  /** Epoch milliseconds after which no call is begun: it would not end in time. */
  readonly notAfterMs: number;
}

/** What a queue's own logic decides: the outcome of each of its jobs, all of one connection. */
export type HandleJobs<M extends JobMessage, C> = (
  jobs: readonly Job<M>[],
  connection: C,
  context: BatchContext,
) => Promise<ReadonlyMap<string, JobOutcome>>;

export interface ConsumeQueueOptions<M extends JobMessage, C> {
  readonly findConnection: (connectionId: string) => Promise<ConnectionState<C>>;
  readonly handleJobs: HandleJobs<M, C>;
  /** Carries out what was decided; the ids that stay in the queue come back. */
  readonly dispose: Dispose;
  /** Called once the batch is done: permits owed to the shared ledger, metrics. */
  readonly flush: () => Promise<void>;
  /** @default the system's clock */
  readonly now?: () => number;
}

/** Time kept for disposing of the jobs after the last call. */
const disposalMs = 3_000;
/** No wait for a permit is longer: a message held longer is better off in the queue. */
const longestHoldMs = 20_000;
/** The longest that a call may take once it has begun. */
const callMs = 10_000;

/** A job that failed unexpectedly may be why all of its batch did: it is handled by itself. */
const suspectsAtOnce = 20;

const all = (jobs: readonly Delivery[], outcome: JobOutcome): Map<string, JobOutcome> =>
  new Map(jobs.map(({ id }) => [id, outcome]));

/**
 * The Lambda handler of a job queue. A job without a decision counts as unexpected: nothing is
 * deleted that was not delivered, superseded or dead-lettered.
 */
export const consumeQueue =
  <M extends JobMessage, C>(
    contract: { readonly message: z.ZodType<M> },
    { findConnection, handleJobs, dispose, flush, now = Date.now }: ConsumeQueueOptions<M, C>,
  ) =>
  async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const remainingMs = context.getRemainingTimeInMillis();
    const signal = deadlineSignal(remainingMs - 1_000);
    const notAfterMs =
      now() + Math.max(0, Math.min(longestHoldMs, remainingMs - callMs - disposalMs));

    const handleConnection = async (connectionId: string, jobs: readonly Job<M>[]) => {
      try {
        const state = await findConnection(connectionId);
        if (state.kind === 'unknown')
          return all(jobs, { kind: 'refused', reason: 'unknown_connection' });
        if (state.kind === 'held')
          return all(jobs, { kind: 'later', waitMs: heldWaitMs, reason: 'connection_held' });
        return await handleJobs(jobs, state.connection, { signal, notAfterMs });
      } catch (error) {
        return all(jobs, outcomeOf(error));
      }
    };

    const deliveries = event.Records.map(toDelivery);
    const outcomes = new Map<string, JobOutcome>();
    const handleGroup = async (group: readonly Job<M>[]) => {
      const connectionId = group[0]?.message.connectionId ?? '';
      for (const [id, outcome] of await handleConnection(connectionId, group))
        outcomes.set(id, outcome);
    };
    const jobs: Job<M>[] = [];
    for (const delivery of deliveries) {
      const parsed = parseJob(delivery, contract.message);
      if ('kind' in parsed) outcomes.set(delivery.id, parsed);
      else jobs.push(parsed);
    }
    const { suspect = [], others = [] } = Object.groupBy(jobs, ({ failures }) =>
      failures > 0 ? 'suspect' : 'others',
    );
    const groups = Map.groupBy(others, ({ message }) => message.connectionId);
    await Promise.all([
      ...[...groups.values()].map(handleGroup),
      inParallel(suspect, suspectsAtOnce, (job) => handleGroup([job])),
    ]);

    const types = new Map(jobs.map(({ id, message }) => [id, message.type]));
    const undecided: JobOutcome = {
      kind: 'unexpected',
      error: new Error('no outcome was decided'),
    };
    const kept = await dispose(
      deliveries.map((delivery) => ({
        delivery,
        type: types.get(delivery.id),
        outcome: outcomes.get(delivery.id) ?? undecided,
      })),
    );
    await flush();
    return { batchItemFailures: kept.map((itemIdentifier) => ({ itemIdentifier })) };
  };
