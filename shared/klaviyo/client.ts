/** The one way to Klaviyo: every call is paced, authorised, bounded in time and checked. */
import { setTimeout } from 'node:timers/promises';
import type * as z from 'zod';
import { createAttempts } from './attempts.ts';
import type { CallOptions, CallRecord, KlaviyoConnection } from './connection.ts';
import { type Endpoint, operationOf } from './endpoint.ts';
import { KlaviyoRequestError, KlaviyoResponseError } from './errors.ts';
import type { Fetch } from './exchange.ts';
import { cursorOf, type Page } from './json-api.ts';
import type { Permits } from './permits.ts';
import { outputOf } from './read-answer.ts';
import { revisionsFor } from './revision.ts';
import { nextPageOf, urlOf } from './wire.ts';

export interface KlaviyoClientOptions {
  readonly permits: Permits;
  /** @default the platform's fetch */
  readonly fetch?: Fetch;
  /** @default the system's clock */
  readonly now?: () => number;
  /** @default a timer that an abort ends early */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly onCall?: (record: CallRecord) => void;
}

export interface KlaviyoClient {
  /**
   * Makes one call, repeated within the time left where that is safe and of use.
   * @throws KlaviyoRateLimitError when its permit comes too late, with the time to wait.
   * @throws KlaviyoError any other subclass, by what must happen next.
   */
  call<I extends z.ZodType, O extends z.ZodType>(
    endpoint: Endpoint<I, O>,
    input: z.input<I>,
    connection: KlaviyoConnection,
    options: CallOptions,
  ): Promise<z.output<O>>;
  /** The pages of a collection from the given one on, by following `links.next`. */
  pages<I extends z.ZodType, T>(
    endpoint: Endpoint<I, z.ZodType<Page<T>>>,
    input: z.input<I>,
    connection: KlaviyoConnection,
    options: CallOptions,
  ): AsyncGenerator<Page<T> & { readonly nextCursor: string | null }, void, void>;
}

/** An abort rejects with its own reason, which the timer's AbortError only has as its cause. */
const sleepFor = (ms: number, signal?: AbortSignal): Promise<void> =>
  setTimeout(ms, undefined, { signal }).catch((error) => {
    throw signal?.reason ?? error;
  });

export const createKlaviyoClient = ({
  permits,
  fetch = globalThis.fetch,
  now = Date.now,
  sleep = sleepFor,
  onCall,
}: KlaviyoClientOptions): KlaviyoClient => {
  const persist = createAttempts({ permits, fetch, now, sleep, onCall });

  const send = async <I extends z.ZodType, O extends z.ZodType>(
    endpoint: Endpoint<I, O>,
    input: z.input<I>,
    connection: KlaviyoConnection,
    options: CallOptions,
    pageUrl?: URL,
  ): Promise<z.output<O>> => {
    requireRevision(endpoint, connection.revision);
    const revisions = revisionsFor(connection.revision, new Date(now()));
    const wire = endpoint.toWire(endpoint.input.parse(input), revisions);
    const media = revisions.shape >= '2024-10-15' ? 'application/vnd.api+json' : 'application/json';
    const request = {
      url: pageUrl ?? urlOf(connection.apiUrl, endpoint, wire),
      headers: {
        accept: media,
        revision: connection.revision,
        ...(wire.body === undefined ? {} : { 'content-type': media }),
      },
      body: wire.body === undefined ? undefined : JSON.stringify(wire.body),
      signal: options.signal,
    };
    const answer = await persist({ endpoint, request, connection, options });
    if (answer.headers.has(partialFailure)) options.onPartialFailure?.();
    return outputOf(endpoint, answer);
  };

  return {
    call: (endpoint, input, connection, options) => send(endpoint, input, connection, options),
    async *pages(endpoint, input, connection, options) {
      const read = new Set<string>();
      let url: URL | undefined;
      do {
        const page = await send(endpoint, input, connection, options, url);
        url = nextPageOf(connection.apiUrl, endpoint, page.nextUrl);
        if (url !== undefined && read.has(url.href)) throw circle(endpoint);
        if (url !== undefined) read.add(url.href);
        yield { ...page, nextCursor: cursorOf(page.nextUrl) };
      } while (url !== undefined);
    },
  };
};

/** The header of a profile write that left out what Klaviyo would not take, and says so here alone. */
const partialFailure = 'x-klaviyo-partial-failure';

const circle = (endpoint: Endpoint) =>
  new KlaviyoResponseError(
    operationOf(endpoint),
    new Error('links.next leads back to a page that was read'),
  );

const requireRevision = (endpoint: Endpoint, named: string): void => {
  if (endpoint.since === undefined || named >= endpoint.since) return;
  const detail = `needs revision ${endpoint.since} or later`;
  throw new KlaviyoRequestError(operationOf(endpoint), 404, [{ code: 'not_in_revision', detail }]);
};
