import type * as z from 'zod';
import { parseBody } from './body-validation.ts';
import type { Tier } from './rate-limiting.ts';
import type { ServedRevision } from './revisions.ts';
import type { Account } from './state/account.ts';

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** One call, once credentials, revision, limits and query parameters have been found good. */
export interface Call extends ServedRevision {
  readonly account: Account;
  /** Where the simulator is, for links. */
  readonly origin: string;
  readonly url: URL;
  readonly params: { readonly id?: string; readonly job_id?: string };
  readonly query: ReadonlyMap<string, string>;
  readonly nowMs: number;
  readonly cursorLifetimeMs: number;
  /** How close to now a bound of a filter by time may come. */
  readonly filterMarginMs: number;
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a query parameter may be. */
export interface QueryRule {
  /** The revision that brought it. @default all */
  readonly since?: string;
  /** The first revision without it. @default none */
  readonly until?: string;
  /** Says what is wrong with a value in a revision, or nothing. */
  readonly problem: (value: string, served: string) => string | undefined;
}

/** An operation of the API as data, apart from its handler. */
export interface RouteFacts {
  readonly method: Method;
  /** Without the slash at the end. `{id}` becomes a parameter. */
  readonly path: `/api/${string}`;
  /** The first revision that has it. @default all that the simulator knows */
  readonly since?: string;
  readonly tier: Tier;
  /** A query parameter's value that lowers the limit, and the tier that holds then. */
  readonly lowered?: {
    readonly parameter: string;
    readonly values: readonly string[];
    readonly tier: Tier;
    /** The headers tell of the usual limit all the same. @default false */
    readonly unannounced?: boolean;
  };
  readonly scopes: readonly string[];
  /** How error texts name what the operation is about. */
  readonly resource: string;
  readonly query?: Readonly<Record<string, QueryRule>>;
}

export interface Route extends RouteFacts {
  /** `GET /api/profiles/{id}`: the name under which calls are counted and faults matched. */
  readonly endpoint: string;
  /** Checks the body, does the work, answers. */
  readonly respond: (call: Call, rawBody: string) => Reply;
  /** What the body may hold in a revision. Left out: there is none. */
  readonly body?: (served: string) => z.ZodType;
}

const named = (facts: RouteFacts) => ({ ...facts, endpoint: `${facts.method} ${facts.path}` });

/** An operation without a body. */
export const defineRead = (facts: RouteFacts & { respond: (call: Call) => Reply }): Route => ({
  ...named(facts),
  respond: (call) => facts.respond(call),
});

/** An operation with a body, whose schema depends on the revision that is served. */
export const defineWrite = <Body>(
  facts: RouteFacts & {
    body: (served: string) => z.ZodType<Body>;
    /** @default 5 MB */
    maxBodyBytes?: number;
    respond: (call: Call, body: Body) => Reply;
  },
): Route => {
  const schemas = new Map<string, z.ZodType<Body>>();
  const schemaOf = (served: string): z.ZodType<Body> => {
    const schema = schemas.get(served) ?? facts.body(served);
    schemas.set(served, schema);
    return schema;
  };
  return {
    ...named(facts),
    body: schemaOf,
    respond: (call, rawBody) =>
      facts.respond(
        call,
        parseBody(rawBody, schemaOf(call.served), facts.resource, facts.maxBodyBytes),
      ),
  };
};
