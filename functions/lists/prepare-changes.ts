/** From jobs to changes: which lists and people they are about. */
import { memoryKeyOf } from '../../shared/connections/contract.ts';
import type { Connection } from '../../shared/connections/find-connection.ts';
import type { BatchContext } from '../../shared/jobs/consume-queue.ts';
import type { JobOutcome } from '../../shared/jobs/outcome.ts';
import type { FindLists } from './find-lists.ts';
import type { FindPeople } from './find-people.ts';
import { type ListChange, type ListJob, toListChanges } from './rules/list-change.ts';

/** The changes that jobs ask for. A job that cannot be carried out in full gets its outcome. */
export type PrepareChanges = (
  jobs: readonly ListJob[],
  connection: Connection,
  context: BatchContext,
  decide: (job: ListJob, outcome: JobOutcome) => void,
) => Promise<ListChange[]>;

export interface PrepareChangesOptions {
  readonly findLists: FindLists;
  readonly findPeople: FindPeople;
  readonly now: () => number;
}

/** Klaviyo refuses a whole request for one consent that is not in the past. */
const consentsInFuture = ({ message }: ListJob, nowMs: number): boolean =>
  message.type === 'list.subscribe' &&
  message.historicalImport === true &&
  message.consentedAt !== undefined &&
  Date.parse(message.consentedAt) > nowMs;

const consentInFuture: JobOutcome = {
  kind: 'refused',
  reason: 'invalid_message',
  errorCode: 'consent_in_future',
  pointer: '/consentedAt',
};

export const createPrepareChanges =
  ({ findLists, findPeople, now }: PrepareChangesOptions): PrepareChanges =>
  async (jobs, connection, context, decide) => {
    const memoryKey = memoryKeyOf(connection.settings);
    const sound = jobs.filter((job) => !consentsInFuture(job, now()));
    for (const job of jobs) if (!sound.includes(job)) decide(job, consentInFuture);

    const lists = await findLists(sound, connection, context);
    const listed = sound.filter((job) => lists.get(job.id)?.outcome === undefined);
    const people = await findPeople(listed, connection, context);
    for (const job of sound) {
      const outcome = lists.get(job.id)?.outcome ?? people.get(job.id)?.outcome;
      if (outcome !== undefined) decide(job, outcome);
    }
    return listed.flatMap((job) =>
      toListChanges(memoryKey, job, lists.get(job.id)?.listId, people.get(job.id)?.person ?? {}),
    );
  };
