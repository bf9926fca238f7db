/** From a list as a job names it to Klaviyo's id. */
import { memoryKeyOf } from '../../shared/connections/contract.ts';
import type { Connection } from '../../shared/connections/find-connection.ts';
import type { BatchContext } from '../../shared/jobs/consume-queue.ts';
import { type JobOutcome, outcomeOf } from '../../shared/jobs/outcome.ts';
import type { CachedLists } from '../../shared/people/contract/list-decisions.ts';
import type { ListNames } from './requests/list-names.ts';
import type { ListJob } from './rules/list-change.ts';

/** The list of a job, or why it has none; neither for an account-wide subscription. */
interface FoundList {
  readonly listId?: string | undefined;
  readonly outcome?: JobOutcome | undefined;
}

/** Resolves to the lists of jobs, by the jobs' ids. */
export type FindLists = (
  jobs: readonly ListJob[],
  connection: Connection,
  context: BatchContext,
) => Promise<ReadonlyMap<string, FoundList>>;

/** The name by which a job knows its list; undefined where it gives the id, or no list. */
export const listNameOf = ({ message: { list } }: ListJob): string | undefined =>
  list !== undefined && 'name' in list ? list.name : undefined;

const refused = (errorCode: string, pointer: string): FoundList => ({
  outcome: { kind: 'refused', reason: 'unknown_list', errorCode, pointer },
});

/** Klaviyo's ids are letters and digits: what is not, no refusal of Klaviyo's would name. */
const byId = (id: string): FoundList =>
  /^[\w-]+$/.test(id) ? { listId: id } : refused('malformed_list_id', '/list/id');

const resolve = (name: string, { lists }: CachedLists): FoundList => {
  const [list, ...others] = lists.filter((one) => one.name === name);
  if (list === undefined) return refused('no_list_of_this_name', '/list/name');
  return others.length > 0
    ? refused('several_lists_of_this_name', '/list/name')
    : { listId: list.id };
};

/** A list that was not there before the job was sent may be there by now. */
const isOutdated = (job: ListJob, name: string, known: CachedLists): boolean =>
  known.readAtMs <= job.firstSentAtMs && resolve(name, known).listId === undefined;

/** Names are looked up among those remembered; Klaviyo is asked once for all that are not there. */
export const createFindLists = ({ listNames }: { readonly listNames: ListNames }): FindLists => {
  const findNamed = async (
    jobs: readonly ListJob[],
    connection: Connection,
    context: BatchContext,
  ): Promise<(job: ListJob, name: string) => FoundList> => {
    const known = await listNames.recall(memoryKeyOf(connection.settings));
    const isMissing = (job: ListJob) =>
      known === undefined || isOutdated(job, listNameOf(job) ?? '', known);
    const missing = jobs.filter(isMissing);
    if (known !== undefined && missing.length === 0) return (_, name) => resolve(name, known);
    const returning = missing.some(({ receiveCount }) => receiveCount > 1);
    try {
      const asked = await listNames.ask(connection, { ...context, returning });
      return (_, name) => resolve(name, asked);
    } catch (error) {
      const outcome = outcomeOf(error);
      return (job, name) =>
        known === undefined || isMissing(job) ? { outcome } : resolve(name, known);
    }
  };

  return async (jobs, connection, context) => {
    const named = jobs.filter((job) => listNameOf(job) !== undefined);
    const find = named.length > 0 ? await findNamed(named, connection, context) : undefined;
    const listOf = (job: ListJob): FoundList => {
      const { list } = job.message;
      if (list === undefined) return {};
      if ('id' in list) return byId(list.id);
      return find?.(job, list.name) ?? {};
    };
    return new Map(jobs.map((job) => [job.id, listOf(job)]));
  };
};
