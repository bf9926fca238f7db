/** How much of a collection an answer shows. */
import * as z from 'zod';
import { type Part, partOf } from '../search.ts';

const wholeNumber = z
  .string()
  .regex(/^\d{1,7}$/, 'must be a whole number')
  .transform(Number);

/** Query parameters of an operation that shows many things. */
export const pageQuery = {
  limit: wholeNumber.pipe(z.number().min(1).max(1000)).exactOptional(),
  offset: wholeNumber.exactOptional(),
};

interface PageQuery {
  readonly limit?: number;
  readonly offset?: number;
}

export const shownPart = <T>(
  items: readonly T[],
  { limit = 100, offset = 0 }: PageQuery,
): Part<T> => partOf(items, offset, limit);
