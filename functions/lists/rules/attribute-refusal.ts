/** To what Klaviyo's refusal of a list request is due: to the list, to some people, or to neither. */

import { type JobOutcome, outcomeOf } from '../../../shared/jobs/outcome.ts';
import type { KlaviyoProblem, KlaviyoRequestError } from '../../../shared/klaviyo/index.ts';
import type { ListRequest, Row } from './list-batches.ts';

const rowPointer = /^\/data\/attributes\/profiles\/data\/(\d+)(\/.*)?$/;
const idPointer = /^\/data\/(\d+)(\/.*)?$/;
const invalidIds = /^Invalid profile IDs?:/i;

/** What becomes of a row, or the row to send in its place. */
export type RowOutcome<R> = JobOutcome | { readonly instead: R };

/** What a refusal is about. */
export type Attribution<R> =
  /** About what the rows have in common: none of them will do better. */
  | { readonly kind: 'all'; readonly outcome: JobOutcome }
  | { readonly kind: 'some'; readonly rows: ReadonlyMap<R, RowOutcome<R>> }
  | { readonly kind: 'unknown' };

/** Whether a refusal is about the list itself. Its id stands in the text, but for a mere 404. */
export const isListUnknown = (error: KlaviyoRequestError, listId: string | undefined): boolean =>
  listId !== undefined &&
  (error.status === 404 ||
    error.problems.some(
      ({ pointer, detail }) =>
        pointer?.startsWith('/data/relationships/list') === true ||
        (!invalidIds.test(detail) && detail.split(/[^\w-]+/).includes(listId)),
    ));

export const unknownList = (error: KlaviyoRequestError): JobOutcome => {
  const [problem] = error.problems;
  const { operation } = error;
  return { kind: 'refused', reason: 'unknown_list', errorCode: problem?.code, operation };
};

/** A row that is nothing but a profile's id has nothing wrong but that there is no such profile. */
const outcomeFor = (error: KlaviyoRequestError, problem: KlaviyoProblem, row: Row): JobOutcome => {
  const { operation } = error;
  const refused = { kind: 'refused', errorCode: problem.code, operation } as const;
  return row.profileId === undefined
    ? { ...refused, reason: 'request_refused', pointer: problem.pointer }
    : { ...refused, reason: 'unknown_person', pointer: '/person' };
};

/** The rows that a problem names: by their place in the request, or by their profile ids. */
const rowsNamedBy = (
  { pointer = '', detail }: KlaviyoProblem,
  rows: readonly Row[],
  { status }: KlaviyoRequestError,
): Row[] => {
  const index = (rowPointer.exec(pointer) ?? idPointer.exec(pointer))?.[1];
  const row = index === undefined ? undefined : rows[Number(index)];
  if (row !== undefined) return [row];
  if (!invalidIds.test(detail) && status !== 404) return [];
  const ids = new Set(detail.replace(invalidIds, '').split(/[^\w-]+/));
  return rows.filter(({ profileId }) => profileId !== undefined && ids.has(profileId));
};

/** An e-mail address that only accompanies a number is left out rather than the number given up. */
const withoutCompanion = ({ pointer }: KlaviyoProblem, row: Row, request: ListRequest) =>
  pointer?.endsWith('/attributes/email') === true &&
  !request.channels.includes('email') &&
  row.email !== undefined
    ? { instead: { ...row, email: undefined } }
    : undefined;

/** A place in the request that all rows share. */
const isShared = ({ pointer }: KlaviyoProblem): boolean =>
  pointer !== undefined && /^\/data\/attributes\/(?!profiles)./.test(pointer);

export const attributeRefusal =
  (request: ListRequest) =>
  (error: KlaviyoRequestError, rows: readonly Row[]): Attribution<Row> => {
    const attributed = new Map<Row, RowOutcome<Row>>();
    for (const problem of error.problems)
      for (const row of rowsNamedBy(problem, rows, error))
        attributed.set(
          row,
          withoutCompanion(problem, row, request) ?? outcomeFor(error, problem, row),
        );
    if (attributed.size > 0) return { kind: 'some', rows: attributed };
    if (isListUnknown(error, request.listId)) return { kind: 'all', outcome: unknownList(error) };
    const shared = error.problems.length > 0 && error.problems.every(isShared);
    return shared ? { kind: 'all', outcome: outcomeOf(error) } : { kind: 'unknown' };
  };
