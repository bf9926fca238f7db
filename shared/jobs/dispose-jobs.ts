/** Carries out the outcomes of a batch: what goes back, what is sent again, what is given up. */
import { withoutData } from '../klaviyo/index.ts';
import type { Logger } from '../platform/logger.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { Delivery } from './job.ts';
import type { JobOutcome, Refusal } from './outcome.ts';
import { copyOf, deadLettersOf, type OutgoingMessage } from './outgoing-messages.ts';

export interface Visibility {
  readonly receiptHandle: string;
  readonly waitSeconds: number;
}

/** The queue and its dead letters, as far as disposal needs them. None of these throws. */
export interface JobQueue {
  /** What fails keeps the queue's own visibility timeout, and comes back later. */
  setVisibility(entries: readonly Visibility[]): Promise<void>;
  /** Sends; resolves to the indices of the messages that did not get through. */
  sendAgain(messages: readonly OutgoingMessage[]): Promise<ReadonlySet<number>>;
  /** Sends to the dead-letter queue; resolves to the indices that did not get through. */
  sendDeadLetters(messages: readonly OutgoingMessage[]): Promise<ReadonlySet<number>>;
}

export interface DecidedJob {
  readonly delivery: Delivery;
  /** Undefined where the message could not be read. */
  readonly type?: string | undefined;
  readonly outcome: JobOutcome;
}

/** Disposes of jobs; resolves to the ids of the messages that stay in the queue. */
export type Dispose = (jobs: readonly DecidedJob[]) => Promise<string[]>;

export interface DisposeOptions {
  readonly queue: JobQueue;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** @default the system's clock */
  readonly now?: () => number;
  /** @default Math.random */
  readonly random?: () => number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const shortestRetryMs = 10_000;
const longestRetryMs = 4 * hourMs;
const giveUpAfterMs = 3 * dayMs;
/** Times that a job may fail for an unexpected error. */
const maxFailures = 5;
/** SQS allows 12 hours from the receipt on, of which some have passed. */
const longestVisibilityMs = 11 * hourMs;
const longestDelayMs = 900_000;
/**
 * A job that keeps coming back is sent anew before SQS's own receive count (50) or retention (14
 * days) would take it: those are for crash loops alone.
 */
const sendAnewAfterReceives = 40;
const sendAnewAfterMs = 10 * dayMs;

/**
 * Longer with the job's age, which needs no counter: half of what it has waited, give or take. Less
 * for a job that was received a few times only: it has grown old in a backlog, not by failing.
 */
const retryWaitMs = (ageMs: number, receiveCount: number, random: number): number =>
  Math.min(
    longestRetryMs,
    shortestRetryMs * 2 ** receiveCount,
    Math.max(shortestRetryMs, ageMs / 2),
  ) *
  (0.75 + random / 2);

type Action =
  | { readonly kind: 'done' }
  | { readonly kind: 'wait'; readonly waitMs: number }
  | ({ readonly kind: 'again'; readonly waitMs: number } & Pick<
      Delivery,
      'failures' | 'triedFromMs'
    >)
  | { readonly kind: 'give_up'; readonly refusal: Refusal };

const giveUp = (refusal: Omit<Refusal, 'kind'>): Action => ({
  kind: 'give_up',
  refusal: { kind: 'refused', ...refusal },
});

const goBack = (delivery: Delivery, waitMs: number, nowMs: number): Action => {
  const { receiveCount, failures, firstSentAtMs, triedFromMs } = delivery;
  return receiveCount >= sendAnewAfterReceives || nowMs - firstSentAtMs >= sendAnewAfterMs
    ? { kind: 'again', waitMs, failures, triedFromMs }
    : { kind: 'wait', waitMs };
};

/**
 * A job of a held connection waits as a message that is delayed. In flight it would be one of the
 * 120,000 that SQS allows a queue, and one tenant's backlog would hold up all the others'. What it
 * waits for is no failure of its own: it starts anew.
 */
const hold = ({ failures }: Delivery, waitMs: number, nowMs: number): Action => ({
  kind: 'again',
  waitMs,
  failures,
  triedFromMs: nowMs + waitMs,
});

const actionOf = ({ delivery, outcome }: DecidedJob, nowMs: number, random: number): Action => {
  const ageMs = nowMs - delivery.triedFromMs;
  switch (outcome.kind) {
    case 'delivered':
    case 'superseded':
      return { kind: 'done' };
    case 'refused':
      return { kind: 'give_up', refusal: outcome };
    case 'later':
      return outcome.reason === 'connection_held'
        ? hold(delivery, outcome.waitMs, nowMs)
        : goBack(delivery, (outcome.fromMs ?? nowMs) + outcome.waitMs - nowMs, nowMs);
    case 'retry':
      return ageMs > giveUpAfterMs
        ? giveUp({ reason: 'gave_up', errorCode: outcome.errorCode, operation: outcome.operation })
        : goBack(delivery, retryWaitMs(ageMs, delivery.receiveCount, random), nowMs);
    case 'unexpected': {
      const { triedFromMs } = delivery;
      const failures = delivery.failures + 1;
      const errorCode = outcome.error instanceof Error ? outcome.error.name : typeof outcome.error;
      return failures >= maxFailures
        ? giveUp({ reason: 'unexpected_error', errorCode })
        : { kind: 'again', waitMs: shortestRetryMs * 2 ** failures, failures, triedFromMs };
    }
  }
};

const secondsOf = (waitMs: number, mostMs: number): number =>
  Math.ceil(Math.max(0, Math.min(waitMs, mostMs)) / 1_000);

interface Parcel {
  readonly id: string;
  readonly messages: readonly OutgoingMessage[];
}

/** Sends every parcel's messages; resolves to the ids of those of which any did not get through. */
const sendParcels = async (
  parcels: readonly Parcel[],
  send: (messages: readonly OutgoingMessage[]) => Promise<ReadonlySet<number>>,
): Promise<string[]> => {
  const owners = parcels.flatMap(({ id, messages }) => messages.map(() => id));
  if (owners.length === 0) return [];
  const failed = await send(parcels.flatMap(({ messages }) => messages));
  return [...new Set(owners.filter((_, index) => failed.has(index)))];
};

export const createDispose = ({
  queue,
  logger,
  metrics,
  now = Date.now,
  random = Math.random,
}: DisposeOptions): Dispose => {
  const noteAge = (jobs: readonly DecidedJob[]) => {
    const ages = jobs.map(({ delivery }) => now() - delivery.firstSentAtMs);
    metrics.add('JobAge', Math.round(Math.max(0, ...ages) / 1_000));
  };

  const report = ({ delivery, type = 'none', outcome }: DecidedJob, action: Action) => {
    const ending = action.kind === 'give_up' ? action.refusal : undefined;
    metrics.add('Jobs', 1, { outcome: ending === undefined ? outcome.kind : 'refused', type });
    if (outcome.kind === 'unexpected')
      logger.error('a job failed unexpectedly', { messageId: delivery.id }, outcome.error);
    if (ending !== undefined) {
      const { reason, operation } = ending;
      const errorCode = ending.errorCode && withoutData(ending.errorCode);
      const pointer = ending.pointer && withoutData(ending.pointer);
      const fields = { messageId: delivery.id, reason, errorCode, pointer, operation };
      logger.warn('a job was given up', fields);
    }
  };

  return async (jobs) => {
    const waiting: (Visibility & { id: string })[] = [];
    const again: Parcel[] = [];
    const deadLetters: Parcel[] = [];
    noteAge(jobs);
    for (const job of jobs) {
      const { id, receiptHandle } = job.delivery;
      const action = actionOf(job, now(), random());
      report(job, action);
      if (action.kind === 'wait') {
        const waitSeconds = secondsOf(action.waitMs, longestVisibilityMs);
        waiting.push({ id, receiptHandle, waitSeconds });
      } else if (action.kind === 'again') {
        const delaySeconds = secondsOf(action.waitMs, longestDelayMs);
        const copy = copyOf(job.delivery, { ...action, delaySeconds });
        again.push({ id, messages: [copy] });
      } else if (action.kind === 'give_up')
        deadLetters.push({ id, messages: deadLettersOf(job.delivery, action.refusal) });
    }
    const [notSent, notGivenUp] = await Promise.all([
      sendParcels(again, queue.sendAgain),
      sendParcels(deadLetters, queue.sendDeadLetters),
      queue.setVisibility(waiting),
    ]);
    return [...waiting.map(({ id }) => id), ...notSent, ...notGivenUp];
  };
};
