/** Klaviyo calls for 100,000 jobs, by the functions' own logic before the simulated Klaviyo. */
import { listsQueue } from '../../shared/jobs/contract/queues.ts';
import type { JobOutcome } from '../../shared/jobs/outcome.ts';
import { trackOf } from '../functions/events/event-jobs.ts';
import { createEventsConsumer } from '../functions/events/events-consumer.ts';
import { startListsWorld } from '../functions/lists/lists-consumer.ts';
import { createMemorySightings } from '../support/memory-sightings.ts';
import { startSimulatedKlaviyo } from '../support/simulated-klaviyo.ts';
import { printFigure, printProgress } from './figure.ts';

const people = 100_000;
const { batchSize } = listsQueue;
/** Where every job is a call of its own, so many of them show it; their calls are scaled up. */
const sample = 1_000;
const newestRevision = '2026-07-15';
const revisions = ['2023-10-15', newestRevision];
const list = { id: 'NEWSLT', name: 'Newsletter' };

type Message = (index: number) => Record<string, unknown>;

interface Consumer {
  readonly run: (indices: readonly number[]) => Promise<readonly (JobOutcome | undefined)[]>;
  readonly countCalls: () => number;
}

interface Work {
  readonly jobs: number;
  /** Jobs that the logic is given at once. */
  readonly atOnce: number;
}

const inBatches: Work = { jobs: people, atOnce: batchSize };
const oneByOne: Work = { jobs: sample, atOnce: 1 };

/** Calls per 100,000 jobs. @throws Error when a job is not delivered */
const countCalls = async ({ run, countCalls }: Consumer, { jobs, atOnce }: Work) => {
  for (let first = 0; first < jobs; first += atOnce) {
    const outcomes = await run(Array.from({ length: atOnce }, (_, index) => first + index));
    const other = outcomes.find((outcome) => outcome?.kind !== 'delivered');
    if (other !== undefined) throw new Error(`a job was not delivered: ${JSON.stringify(other)}`);
  }
  return (countCalls() * people) / jobs;
};

const profileIdOf = (index: number) => `01${String(index).padStart(24, '0')}`;
const emailOf = (index: number) => `p${index}@example.com`;

interface ListWork extends Work {
  readonly revision: string;
  readonly message: Message;
  /** Klaviyo has the people as profiles already, and so many of them are linked. */
  readonly profiles?: { readonly linked: boolean };
}

const listCalls = async ({ revision, message, profiles, ...work }: ListWork): Promise<number> => {
  const known = profiles === undefined ? [] : Array.from({ length: work.jobs }, (_, n) => n);
  await using world = await startListsWorld({
    account: {
      lists: [list],
      profiles: known.map((n) => ({ id: profileIdOf(n), attributes: { email: emailOf(n) } })),
    },
    settings: { revision },
  });
  if (profiles?.linked) for (const n of known) world.links.customer(`c${n}`, profileIdOf(n));
  const consumer = {
    run: (indices: readonly number[]) => world.run(...indices.map(message)),
    countCalls: () => world.klaviyo.countCalls(),
  };
  return await countCalls(consumer, work);
};

const subscribe: Message = (index) => ({
  type: 'list.subscribe',
  list: { name: list.name },
  person: { email: emailOf(index) },
});

const add =
  (person: Message): Message =>
  (index) => ({ type: 'list.add', list: { name: list.name }, person: person(index) });
const linkedPerson: Message = (index) => ({ customerId: `c${index}` });
const unlinkedPerson: Message = (index) => ({ email: emailOf(index) });

/** As `message`, with the list by its id: the search for its name is no part of a single call. */
const byListId =
  (message: Message): Message =>
  (index) => ({ ...message(index), list: { id: list.id } });

/** By address; or by the id of a profile that nobody has seen yet. */
const eventCalls = async (
  revision: string,
  work: Work,
  by: 'email' | 'profileId' = 'email',
): Promise<number> => {
  const ids = by === 'email' ? [] : Array.from({ length: work.jobs }, (_, n) => profileIdOf(n));
  await using stage = await startSimulatedKlaviyo(
    {},
    {
      accounts: [
        {
          privateKeys: [{ key: 'pk_test' }],
          profiles: ids.map((id, n) => ({ id, attributes: { email: emailOf(n) } })),
        },
      ],
    },
  );
  const { simulator } = stage;
  const { run } = createEventsConsumer({
    apiUrl: simulator.url,
    settings: { revision },
    sightings: createMemorySightings().sightings,
  });
  const person = (index: number) =>
    by === 'email' ? { email: emailOf(index) } : { profileId: profileIdOf(index) };
  const message = (index: number) => trackOf(`T${index}`, { person: person(index) });
  const consumer = {
    run: (indices: readonly number[]) => run(...indices.map(message)),
    countCalls: () => simulator.countCalls(),
  };
  return await countCalls(consumer, work);
};

const report = (what: string, value: number, peers: Record<string, number>) =>
  printFigure('outbound', {
    figure: `Klaviyo calls for 100,000 ${what}`,
    value,
    unit: 'calls',
    peers,
  });

export const reportCalls = async (): Promise<void> => {
  for (const revision of revisions) {
    printProgress(`counting calls at revision ${revision}`);
    const single = { revision, ...oneByOne };
    report(
      `subscribes at revision ${revision}`,
      await listCalls({ revision, message: subscribe, ...inBatches }),
      { 'one call per job': await listCalls({ message: byListId(subscribe), ...single }) },
    );
    const addLinked = { message: add(linkedPerson), profiles: { linked: true } };
    const addUnlinked = { message: add(unlinkedPerson), profiles: { linked: false } };
    report(
      `list adds at revision ${revision}`,
      await listCalls({ revision, ...addLinked, ...inBatches }),
      {
        'one call per job': await listCalls({
          ...addLinked,
          message: byListId(addLinked.message),
          ...single,
        }),
        'of people who are not linked yet': await listCalls({
          revision,
          ...addUnlinked,
          ...inBatches,
        }),
      },
    );
    // The default revision has no bulk request for events: each is a call, as the sample shows.
    const events = revision === newestRevision ? inBatches : { jobs: 5_000, atOnce: batchSize };
    const how = revision === newestRevision ? '' : ' (no bulk requests: single calls)';
    report(`events at revision ${revision}${how}`, await eventCalls(revision, events), {
      'one call per job': await eventCalls(revision, oneByOne),
      'every profile looked up before': await eventCalls(revision, events, 'profileId'),
    });
  }
};
