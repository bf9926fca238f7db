/** Answers that never end: in time, while garbage is collected again and again, or in size. */
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  createKlaviyoClient,
  createKlaviyoOAuth,
  endpoints,
  KlaviyoForeignAnswerError,
  KlaviyoUnreachableError,
  requestTimeoutMs,
} from '../../../shared/klaviyo/index.ts';
import { forceCollection } from '../../support/forced-collection.ts';
import { createFreePermits } from '../../support/free-permits.ts';
import { startHttpServer } from '../../support/http-server.ts';

/** Well over the time that a call may take, and well under a function's. */
const soonMs = requestTimeoutMs + 4_000;
const megabyte = 1024 * 1024;

type Answer = (response: ServerResponse) => void;

const silence: Answer = () => {};
const halfBody: Answer = (response) => {
  response.writeHead(200, { 'content-length': 1_000 }).write('{"data":');
};
const byteBySecond: Answer = (response) => {
  response.writeHead(200).write('{');
  const timer = setInterval(() => response.write(' '), 1_000);
  response.once('close', () => clearInterval(timer));
};
/** As much as the other side takes. */
const endlessBody: Answer = (response) => {
  const block = Buffer.alloc(megabyte, ' ');
  const pump = () => {
    while (!response.destroyed && response.write(block));
  };
  response.writeHead(200).on('drain', pump);
  pump();
};
/** Small on the wire. */
const bomb: Answer = (response) => {
  const body = gzipSync(Buffer.alloc(200 * megabyte, ' '));
  response.writeHead(200, { 'content-encoding': 'gzip' }).end(body);
};

const app = { clientId: 'app', clientSecret: 'secret' };

/** The ways to Klaviyo, each as one request, as there is no time to repeat it. */
const ways = {
  'the API': (url: string, signal?: AbortSignal) =>
    createKlaviyoClient({ permits: createFreePermits().permits, sleep: async () => {} }).call(
      endpoints.createProfile,
      { attributes: { email: 'ann@example.com' } },
      {
        quotaScope: 'AcCt01',
        apiUrl: url,
        revision: '2026-07-15',
        throttle: { share: 1 },
        authorisation: async () => 'Klaviyo-API-Key pk_test',
      },
      { notAfterMs: Date.now() + 200, signal },
    ),
  'the token endpoint': (url: string, signal?: AbortSignal) =>
    createKlaviyoOAuth({ permits: createFreePermits().permits, allowAnyApiUrl: true }).refresh(
      { apiUrl: url, app, quotaScope: 'AcCt01', notAfterMs: Date.now() + 20_000, signal },
      'refresh-1',
    ),
};

/** A server of that answer, with the connections that it still holds. */
const serve = async (answer: Answer) => {
  const open = new Set<ServerResponse>();
  const server = await startHttpServer((_, response) => {
    open.add(response);
    response.once('close', () => open.delete(response));
    answer(response);
  });
  return { server, open };
};

const failureOf = (sending: Promise<unknown>) => sending.catch((error: unknown) => error);

const ofEachWay = <T extends readonly unknown[]>(cases: readonly T[]) =>
  Object.entries(ways).flatMap(([way, send]) => cases.map((one) => [way, ...one, send] as const));

describe('a call', () => {
  let collection: Disposable;
  beforeAll(() => {
    collection = forceCollection();
  });
  afterAll(() => collection[Symbol.dispose]());

  test.concurrent.each(
    ofEachWay([
      ['that is not answered', silence],
      ['of which half an answer comes', halfBody],
      ['whose answer comes by a byte a second', byteBySecond],
    ] as const),
  )('of %s %s ends in time, and so does its connection', async (_way, _name, answer, send) => {
    const { server, open } = await serve(answer);
    await using _ = server;
    const startedMs = Date.now();
    expect(await failureOf(send(server.url))).toMatchObject({
      name: 'KlaviyoUnreachableError',
      mayStillHappen: true,
      cause: { message: 'TimeoutError' },
    });
    expect(Date.now() - startedMs).toBeLessThan(soonMs);
    expect(server.requests).toHaveLength(1);
    await vi.waitFor(() => expect(open.size).toBe(0), { timeout: 10_000 });
  });

  test.concurrent.each(ofEachWay([[]]))(
    'of %s ends with the signal of its caller, half an answer or not',
    async (_way, send) => {
      const { server, open } = await serve(halfBody);
      await using _ = server;
      const failure = await failureOf(send(server.url, AbortSignal.timeout(300)));
      expect(failure).toBeInstanceOf(KlaviyoUnreachableError);
      await vi.waitFor(() => expect(open.size).toBe(0), { timeout: 10_000 });
    },
  );

  test.concurrent.each(ofEachWay([[]]))(
    'of %s that was aborted is not sent',
    async (_way, send) => {
      const { server } = await serve(silence);
      await using _ = server;
      expect(await failureOf(send(server.url, AbortSignal.abort()))).toBeInstanceOf(Error);
      expect(server.requests).toHaveLength(0);
    },
  );
});

test.each(
  ofEachWay([
    ['without an end', endlessBody],
    ['that unpacks to 200 MB', bomb],
  ] as const),
)(
  'of %s, an answer %s is cut off, and taken for none of Klaviyo’s',
  async (_way, _name, answer, send) => {
    const { server, open } = await serve(answer);
    await using _ = server;
    const failure = await failureOf(send(server.url));
    expect(failure).toBeInstanceOf(KlaviyoForeignAnswerError);
    expect(failure).toMatchObject({ retryable: true, answer: { status: 200 } });
    expect((failure as KlaviyoForeignAnswerError).answer.bytes).toBeLessThan(40 * megabyte);
    await vi.waitFor(() => expect(open.size).toBe(0), { timeout: 10_000 });
  },
);
