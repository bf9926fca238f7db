/** What SQS's batch operations have in common: entries with ids, each with an outcome of its own. */
import * as z from 'zod';
import { ServiceError } from '../gateway/service-error.ts';

const maxEntries = 10;

const refuse = (code: string, message: string) => {
  throw new ServiceError(code, message);
};

/** The entries of a batch request: the fields of one entry, and its id. */
export const batchOf = <F extends z.ZodRawShape>(fields: F) =>
  z.array(z.strictObject({ Id: z.string(), ...fields }));

const checkEntries = (entries: readonly { readonly Id: string }[]) => {
  if (entries.length === 0)
    refuse('EmptyBatchRequest', "There should be at least one entry in the request's batch.");
  if (entries.length > maxEntries)
    refuse(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${maxEntries}. You have sent ${entries.length}.`,
    );
  const ids = new Set(entries.map(({ Id }) => Id));
  if (ids.size < entries.length) refuse('BatchEntryIdsNotDistinct', 'An Id is repeated.');
  if (![...ids].every((id) => /^[\w-]{1,80}$/.test(id)))
    refuse(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
    );
};

/**
 * Does each entry, and reports those that SQS refuses beside those that it did.
 * @throws ServiceError when the batch as a whole is refused; then nothing was done.
 */
export const doEach = <E extends { readonly Id: string }>(
  entries: readonly E[],
  run: (entry: E) => Readonly<Record<string, unknown>>,
) => {
  checkEntries(entries);
  const Successful: unknown[] = [];
  const Failed: unknown[] = [];
  for (const entry of entries)
    try {
      Successful.push({ Id: entry.Id, ...run(entry) });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      const { code, message } = error;
      Failed.push({ Id: entry.Id, SenderFault: true, Code: code, Message: message });
    }
  return { Successful, Failed };
};
