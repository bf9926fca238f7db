import type * as z from 'zod';
import { describeIssues } from '../../../bin/bridge/jobs/describe-issues.ts';
import { plainWords } from '../../../bin/bridge/plain-words.ts';
import { findRoute } from '../../aws/http-api/route-matching.ts';
import { ApiError } from '../api-error.ts';
import type { Incoming, Outgoing } from '../http-messages.ts';
import { decoded } from '../routes.ts';
import { type Control, ControlRefusal, type Operation } from './operation.ts';
import { operations } from './operations.ts';

const answer = (status: number, body: unknown): Outgoing => ({
  status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: `${JSON.stringify(body, null, 2)}\n`,
});

/** @throws ControlRefusal 400 with the fields that are wrong. */
const parsed = (schema: z.ZodType, value: unknown, whole: string): unknown => {
  const result = schema.safeParse(value, { error: plainWords });
  if (result.success) return result.data;
  const problems = describeIssues(result.error.issues);
  throw new ControlRefusal(400, problems.replaceAll('the job:', `${whole}:`));
};

const bodyOf = ({ body }: Operation, text: string): unknown => {
  if (!body) {
    if (text.trim() !== '') throw new ControlRefusal(400, 'the body: there must be none');
    return undefined;
  }
  let value: unknown;
  try {
    value = text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    throw new ControlRefusal(400, 'the body: must be JSON');
  }
  return parsed(body, value, 'the body');
};

const queryOf = ({ query }: Operation, given: URLSearchParams): unknown => {
  const entries = Object.fromEntries(given);
  if (query) return parsed(query, entries, 'the query');
  const [name] = Object.keys(entries);
  if (name === undefined) return undefined;
  throw new ControlRefusal(400, `${name}: there is no such parameter`);
};

const operationFor = ({ method, url }: Incoming) => {
  const found = findRoute(operations, method, url.pathname);
  if (found) return found;
  const others = operations.filter((one) => findRoute([one], one.method, url.pathname));
  if (others.length === 0)
    throw new ControlRefusal(404, 'there is no such path; see GET /simulator');
  const methods = others.map((one) => one.method).join(', ');
  throw new ControlRefusal(405, `this path takes ${methods}`);
};

const answered = (control: Control, incoming: Incoming): unknown => {
  const { route, pathParameters } = operationFor(incoming);
  return route.respond({
    control,
    param: (name) => decoded(pathParameters[name] ?? ''),
    query: queryOf(route, incoming.url.searchParams),
    body: bodyOf(route, incoming.body),
  });
};

export const refuse = (status: number, error: string): Outgoing => answer(status, { error });

/** A call of the control interface: JSON in, JSON out, and one line where it is refused. */
export const exchangeControl = (control: Control, incoming: Incoming): Outgoing => {
  try {
    return answer(200, answered(control, incoming));
  } catch (error) {
    if (error instanceof ControlRefusal) return refuse(error.status, error.message);
    if (error instanceof ApiError) return refuse(error.status, error.problems[0]?.detail ?? '');
    throw error;
  }
};
