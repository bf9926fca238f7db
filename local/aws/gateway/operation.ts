/** An operation of a service: its request's schema and what it does. */
import * as z from 'zod';
import { ServiceError } from './service-error.ts';

export interface CallContext {
  /** Aborts when the caller hangs up before it has its reply. */
  readonly signal: AbortSignal;
}

/** Takes a request's body as it came and gives the reply's. */
export type Operation = (body: unknown, context: CallContext) => unknown;

/** Operations by AWS's name for them. */
export type Operations = Readonly<Record<string, Operation>>;

/** @throws ServiceError of this code, with the operations that there are. */
export const findOperation = (
  operations: Operations,
  name: string,
  { service, unknownCode }: { readonly service: string; readonly unknownCode: string },
): Operation => {
  const found = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (found !== undefined) return found;
  const known = Object.keys(operations).join(', ');
  const message = `local/aws does not run ${service} ${name}; it runs ${known}`;
  throw new ServiceError(unknownCode, message);
};

/** Any error of an operation as one of AWS's. */
export const toServiceError = (
  error: unknown,
  invalidInput: (problem: string) => ServiceError,
): ServiceError => {
  if (error instanceof ServiceError) return error;
  if (error instanceof z.ZodError) return invalidInput(z.prettifyError(error));
  return new ServiceError('InternalFailure', String(error), 500);
};

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
