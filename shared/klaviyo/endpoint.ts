/** An operation of Klaviyo's API as data: the client, the scopes and the tests loop over these. */
import type * as z from 'zod';
import type { Revisions } from './revision.ts';
import type { Tier } from './tiers.ts';

export interface Endpoint<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Without the trailing slash; `{id}` is filled from the wire request's `path`. */
  readonly path: `/${string}`;
  /** What tells this record from another of the same method and path that has limits of its own. */
  readonly variant?: string;
  readonly tier: Tier;
  readonly scopes: readonly string[];
  /** Repeating it after an unknown outcome does no harm. */
  readonly safeToRetry: boolean;
  /** The first revision that has it. Left out: all that this module knows. */
  readonly since?: string;
  /** What a caller gives, with the caps that Klaviyo states in prose only. */
  readonly input: I;
  /** The request as it goes over the wire, shaped for the revision whose rules it will meet. */
  readonly toWire: (input: z.output<I>, revisions: Revisions) => WireRequest;
  /** What a successful answer holds. */
  readonly output: O;
}

export interface WireRequest {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
}

/** Checks an endpoint record where it is written; the identity otherwise. */
export const defineEndpoint = <I extends z.ZodType, O extends z.ZodType>(
  endpoint: Endpoint<I, O>,
): Endpoint<I, O> => endpoint;

/** How logs and errors name it: `POST /api/events`. Holds no value of the request. */
export const operationOf = ({ method, path }: Pick<Endpoint, 'method' | 'path'>): string =>
  `${method} ${path}`;

/** The key of its permit ledger: endpoints with limits of their own have ledgers of their own. */
export const ledgerOf = ({
  method,
  path,
  variant,
}: Pick<Endpoint, 'method' | 'path' | 'variant'>): string =>
  variant === undefined ? `${method} ${path}` : `${method} ${path} ${variant}`;
