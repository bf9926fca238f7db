/** An operation of a service: its request's schema and what it does. */
import type * as z from 'zod';

export interface CallContext {
  /** Aborts when the caller hangs up before it has its reply. */
  readonly signal: AbortSignal;
}

/** Takes a request's body as it came and gives the reply's. */
export type Operation = (body: unknown, context: CallContext) => unknown;

/** Operations by AWS's name for them. */
export type Operations = Readonly<Record<string, Operation>>;

/**
 * Binds a schema to what is done with a request that satisfies it. Parameters that the schema does
 * not name are refused, so nothing is left out in silence.
 *
 * @throws z.ZodError when called with a body that does not satisfy the schema.
 */
export const defineOperation =
  <S extends z.ZodType>(
    schema: S,
    run: (input: z.output<S>, context: CallContext) => unknown,
  ): Operation =>
  (body, context) =>
    run(schema.parse(body), context);
