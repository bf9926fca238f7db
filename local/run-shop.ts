/** The main job, from end to end: a shop's customers, lists and orders out, Klaviyo's changes in. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalStage } from './boot.ts';
import { receiveInbound } from './receive-inbound.ts';
import { createSampleShop, type SampleShop } from './sample-shop.ts';
import { sendJobs } from './send-as-producer.ts';
import { isComplete, limitAloneSeconds, type Summary, summariseQueue } from './summary.ts';
import type { Tally } from './tally.ts';

export interface RunShopOptions {
  readonly local: LocalStage;
  readonly connectionId: string;
  readonly tally: Tally;
  /** Whether the account is the simulator's, so that it can be prepared and changed. */
  readonly simulated: boolean;
  /** Told how far a step is. */
  readonly onProgress: (step: string, done: number, of: number) => void;
}

const queueUrlOutputs = {
  customers: 'CustomersQueueUrl',
  lists: 'ListsQueueUrl',
  events: 'EventsQueueUrl',
} as const;
type QueueName = keyof typeof queueUrlOutputs;

const changesMade = 25;
/** A poll looks at what is older than five seconds, to the whole second. */
const pollsBehindMs = 7_000;
const pollEveryMs = 2_000;
const inboundTimeoutMs = 150_000;

const stopwatch = (): (() => number) => {
  const startedMs = performance.now();
  return () => Math.round((performance.now() - startedMs) / 100) / 10;
};

export const runShop = async (options: RunShopOptions): Promise<Summary> => {
  const { local, connectionId, tally, simulated, onProgress } = options;
  const { aws, clients, outputs } = local;
  const shop = createSampleShop(connectionId);

  const summaryOf = (queue: QueueName) => summariseQueue(tally, queue, shop.jobs[queue].length);
  const doneOf = (queue: QueueName): number => {
    const { delivered, superseded, deadLettered } = summaryOf(queue);
    return delivered + superseded + deadLettered;
  };
  const send = (queue: QueueName) =>
    sendJobs(clients.sqs, outputs[queueUrlOutputs[queue]] ?? '', connectionId, shop.jobs[queue]);

  /** Sends the jobs of queues, and waits until they have all come to an end. */
  const work = async (...queues: readonly QueueName[]): Promise<number> => {
    const seconds = stopwatch();
    await Promise.all(queues.map(send));
    const of = queues.reduce((sum, queue) => sum + shop.jobs[queue].length, 0);
    let done = 0;
    const step = queues.join(' and ');
    while (done < of) {
      await sleep(200);
      done = queues.reduce((sum, queue) => sum + doneOf(queue), 0);
      onProgress(step, done, of);
    }
    await aws.idle({ timeoutSeconds: 60 });
    return seconds();
  };

  if (simulated) prepare(local, shop);
  const customers = await work('customers');
  const lists = await work('lists', 'events');
  const inboundSeconds = stopwatch();
  const inbound = simulated
    ? await changeAndPoll(local, onProgress)
    : { edited: 0, consents: 0, arrived: 0, missing: 0, echoes: 0 };

  const queues = {
    customers: summaryOf('customers'),
    lists: summaryOf('lists'),
    events: summaryOf('events'),
  };
  const accepted = tally.acceptedCalls();
  const created = accepted['POST /api/profiles'] ?? 0;
  const updated = accepted['PATCH /api/profiles/{id}'] ?? 0;
  return {
    queues,
    created,
    updated,
    deadLetterReasons: tally.deadLetterReasons(),
    calls: accepted,
    throttled: tally.sums('KlaviyoCalls', 'status')['429'] ?? 0,
    inbound,
    seconds: { customers, lists, inbound: inboundSeconds() },
    limitAloneSeconds: limitAloneSeconds(created, 'L'),
    complete:
      Object.values(queues).every(isComplete) &&
      inbound.missing === 0 &&
      inbound.echoes === 0 &&
      tally.errors.length === 0,
  };
};

const prepare = ({ klaviyo }: LocalStage, { knownBefore, listNames }: SampleShop): void => {
  const account = klaviyo.account();
  account.seedLists(listNames.map((name) => ({ name })));
  account.seedProfiles(
    knownBefore.map(({ email, firstName }) => ({ attributes: { email, first_name: firstName } })),
  );
};

/**
 * Somebody edits profiles in Klaviyo. What comes out of `inbound` has to be these, and the consents
 * that the list jobs gave, since Klaviyo shows both as changes; a customer that we wrote is neither.
 */
const changeAndPoll = async (
  { aws, klaviyo, clients, outputs }: LocalStage,
  onProgress: RunShopOptions['onProgress'],
): Promise<Summary['inbound']> => {
  const account = klaviyo.account();
  account.processPending();
  const profiles = account.profiles();
  const edited = profiles.slice(-changesMade).map(({ id }) => id);
  const consents = profiles.filter(({ consent }) => consent.email === 'SUBSCRIBED');
  for (const id of edited) account.changeProfile(id, { title: 'Edited in Klaviyo' });
  const expected = new Set([...edited, ...consents.map(({ id }) => id)]);
  const arrived = new Set<string>();
  let echoes = 0;
  const untilMs = Date.now() + inboundTimeoutMs;
  await sleep(pollsBehindMs);
  while (arrived.size < expected.size && Date.now() < untilMs) {
    await aws.invoke('Poll/Function', {});
    for (const { profile } of await receiveInbound(clients.sqs, outputs.InboundQueueUrl ?? ''))
      if (expected.has(profile.profileId)) arrived.add(profile.profileId);
      else echoes += 1;
    onProgress('changes on inbound', arrived.size, expected.size);
    if (arrived.size < expected.size) await sleep(pollEveryMs);
  }
  return {
    edited: edited.length,
    consents: consents.length,
    arrived: arrived.size,
    missing: expected.size - arrived.size,
    echoes,
  };
};
