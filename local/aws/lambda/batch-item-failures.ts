/** Which messages of a batch the function hands back: Lambda's partial batch responses. */
import * as z from 'zod';

const response = z
  .object({
    batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish(),
  })
  .nullable();

/**
 * The ids of the messages that failed. A response that Lambda cannot read, or that names a message
 * that is not in the batch, returns all of them.
 * @param payload what the handler returned, as JSON.
 */
export const parseBatchItemFailures = (
  payload: string,
  ids: ReadonlySet<string>,
): ReadonlySet<string> => {
  const parsed = response.safeParse(JSON.parse(payload));
  if (!parsed.success) return ids;
  const failures = parsed.data?.batchItemFailures ?? [];
  const failed = new Set(failures.map(({ itemIdentifier }) => itemIdentifier));
  return [...failed].every((id) => ids.has(id)) ? failed : ids;
};
