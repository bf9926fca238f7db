/** The callers that wait for a permit in this process: those whose jobs return come first. */
import { KlaviyoRateLimitError, type Permit, type PermitRequest } from '../klaviyo/index.ts';

export interface Waiter {
  readonly request: PermitRequest;
  readonly resolve: (permit: Permit) => void;
  readonly reject: (reason: unknown) => void;
}

export interface WaitingLine {
  readonly size: number;
  first(): Waiter | undefined;
  /** In the order in which they are served. */
  all(): Waiter[];
  /** Resolves when the caller is served; an abort takes it out of the line. */
  join(request: PermitRequest): Promise<Permit>;
  serve(waiter: Waiter, permit: Permit): void;
  /** Sends the caller away, to come back after the wait. */
  defer(waiter: Waiter, waitMs: number): void;
}

/** Nobody is deferred for less: it would be back before anything has changed. */
const leastWaitMs = 1_000;

const joined = (request: PermitRequest, places: Set<Waiter>): Promise<Permit> =>
  new Promise((resolve, reject) => {
    const { signal } = request;
    signal?.throwIfAborted();
    const abort = (): void => {
      if (places.delete(waiter)) reject(signal?.reason);
    };
    const leaving =
      <T>(finish: (value: T) => void) =>
      (value: T): void => {
        signal?.removeEventListener('abort', abort);
        finish(value);
      };
    const waiter = { request, resolve: leaving(resolve), reject: leaving(reject) };
    places.add(waiter);
    signal?.addEventListener('abort', abort, { once: true });
  });

export const createWaitingLine = (endpoint: string): WaitingLine => {
  const returning = new Set<Waiter>();
  const fresh = new Set<Waiter>();
  const placesOf = (request: PermitRequest) => (request.returning ? returning : fresh);
  return {
    get size() {
      return returning.size + fresh.size;
    },
    first: () => (returning.size > 0 ? returning : fresh).values().next().value,
    all: () => [...returning, ...fresh],
    join: (request) => joined(request, placesOf(request)),
    serve: (waiter, permit) => {
      if (placesOf(waiter.request).delete(waiter)) waiter.resolve(permit);
    },
    defer: (waiter, waitMs) => {
      if (placesOf(waiter.request).delete(waiter))
        waiter.reject(new KlaviyoRateLimitError(endpoint, Math.max(leastWaitMs, waitMs)));
    },
  };
};
