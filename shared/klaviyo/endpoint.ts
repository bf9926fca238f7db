/** An operation of Klaviyo's API as data: the client, the scopes and the tests loop over these. */
import type * as z from 'zod';
import type { Tier } from './tiers.ts';

export interface Endpoint<Input = never, Output extends z.ZodType = z.ZodType> {
  /** Unique; also the key of its permit ledger, as Klaviyo limits each endpoint by itself. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Without the trailing slash; `{id}` is filled from `path` of the request. */
  readonly path: `/${string}`;
  readonly tier: Tier;
  readonly scopes: readonly string[];
  /** Repeating it after an unknown outcome does no harm. */
  readonly safeToRetry: boolean;
  /** The first revision that has it. Left out: all that this module knows. */
  readonly since?: string;
  /**
   * The wire form of a request. `shape` is the revision whose rules the body has to meet, `named`
   * the one that the header carries.
   */
  readonly request: (input: Input, revisions: Revisions) => WireRequest;
  /** What a successful answer holds, parsed. */
  readonly response: Output;
}

export interface Revisions {
  readonly named: string;
  readonly shape: string;
}

export interface WireRequest {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
}

/** Checks an endpoint record where it is written; the identity otherwise. */
export const defineEndpoint = <Input, Output extends z.ZodType>(
  endpoint: Endpoint<Input, Output>,
): Endpoint<Input, Output> => endpoint;
