import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  type CallRecord,
  createKlaviyoClient,
  endpoints,
  KlaviyoAuthorisationError,
  type KlaviyoConnection,
  KlaviyoForeignAnswerError,
  KlaviyoRateLimitError,
  KlaviyoRequestError,
  KlaviyoResponseError,
  KlaviyoServerError,
  KlaviyoUnreachableError,
} from '../../../shared/klaviyo/index.ts';
import { createFreePermits } from '../../support/free-permits.ts';
import { json, type Respond, startHttpServer } from '../../support/http-server.ts';

const profile = { type: 'profile', id: '01A', attributes: { email: 'ann@example.com' } };
const emptyPage = { data: [], links: { next: null } };

/** A client and a connection to a server that answers as the test says. */
const setUp = async (respond: Respond, overrides: Partial<KlaviyoConnection> = {}) => {
  const server = await startHttpServer(respond);
  const { permits, taken, outcomes } = createFreePermits();
  const sleptMs: number[] = [];
  const records: CallRecord[] = [];
  const klaviyo = createKlaviyoClient({
    permits,
    onCall: (record) => records.push(record),
    sleep: async (ms) => void sleptMs.push(ms),
  });
  const connection: KlaviyoConnection = {
    quotaScope: 'AcCt01',
    apiUrl: server.url,
    revision: '2023-10-15',
    throttle: { share: 1 },
    authorisation: async () => 'Klaviyo-API-Key pk_test',
    ...overrides,
  };
  const options = { notAfterMs: Date.now() + 20_000 };
  return { server, klaviyo, connection, options, taken, outcomes, sleptMs, records };
};

/** Answers the requests one after the other, the last answer again and again. */
const inTurn = (...responds: Respond[]): Respond => {
  let next = 0;
  return (request, response) => {
    responds[Math.min(next, responds.length - 1)]?.(request, response);
    next += 1;
  };
};

const failing =
  (status: number, headers: Record<string, string> = {}): Respond =>
  (_, response) =>
    json(response, status, { errors: [{ code: 'oops', detail: 'x' }] }, headers);
const ok: Respond = (_, response) => json(response, 200, { data: profile });

describe('a request', () => {
  test('carries the revision, the credentials and the JSON:API media type', async () => {
    const { server, klaviyo, connection, options } = await setUp(ok);
    await using _ = server;
    await klaviyo.call(endpoints.getProfile, { id: '01A' }, connection, options);
    expect(server.requests[0]).toMatchObject({
      method: 'GET',
      headers: {
        authorization: 'Klaviyo-API-Key pk_test',
        revision: '2023-10-15',
        accept: 'application/vnd.api+json',
      },
    });
    expect(server.requests[0]?.url.pathname).toBe('/api/profiles/01A');
  });

  test('encodes every value of path and query, a plus sign included', async () => {
    const { server, klaviyo, connection, options } = await setUp((_, response) =>
      json(response, 200, emptyPage),
    );
    await using _ = server;
    const filter = 'equals(email,"a+b@example.com")';
    await klaviyo.call(endpoints.getProfiles, { filter, pageSize: 100 }, connection, options);
    expect(server.requests[0]?.url.search).toContain('a%2Bb%40example.com');
    expect(server.requests[0]?.url.searchParams.get('filter')).toBe(filter);
    expect(server.requests[0]?.url.searchParams.get('page[size]')).toBe('100');
  });

  test('needs a permit of its endpoint and account, and says how it ended', async () => {
    const { server, klaviyo, connection, options, taken, outcomes } = await setUp(ok);
    await using _ = server;
    await klaviyo.call(endpoints.getProfile, { id: '01A' }, connection, options);
    expect(taken).toEqual([
      expect.objectContaining({
        quotaScope: 'AcCt01',
        endpoint: 'GET /api/profiles/{id}',
        tier: 'L',
        notAfterMs: options.notAfterMs,
      }),
    ]);
    expect(outcomes).toEqual([{ kind: 'answered', atMs: expect.any(Number) }]);
  });

  test('is not made to an endpoint that the named revision lacks', async () => {
    const { server, klaviyo, connection, options } = await setUp(ok);
    await using _ = server;
    await expect(
      klaviyo.call(endpoints.bulkCreateEvents, { groups: [] }, connection, options),
    ).rejects.toMatchObject({ name: 'KlaviyoRequestError', status: 404 });
    expect(server.requests).toHaveLength(0);
  });

  test('over a cap of Klaviyo is refused before it is sent', async () => {
    const { server, klaviyo, connection, options } = await setUp(ok);
    await using _ = server;
    const profileIds = Array.from({ length: 1_001 }, (__, index) => `P${index}`);
    await expect(
      klaviyo.call(endpoints.addProfilesToList, { listId: 'L', profileIds }, connection, options),
    ).rejects.toThrow(/1000/);
    expect(server.requests).toHaveLength(0);
  });
});

describe('an answer', () => {
  test('without a body is fine where none is documented', async () => {
    const { server, klaviyo, connection, options } = await setUp((_, response) =>
      json(response, 202),
    );
    await using _ = server;
    const event = {
      metric: 'Placed Order',
      uniqueId: 'o1',
      time: '2026-11-01T00:00:00Z',
      properties: {},
    };
    await expect(
      klaviyo.call(
        endpoints.createEvent,
        { event, profile: { attributes: { email: 'ann@example.com' } } },
        connection,
        options,
      ),
    ).resolves.toBeUndefined();
  });

  test('of another shape than documented names the field, and not its value', async () => {
    const { server, klaviyo, connection, options } = await setUp((_, response) =>
      json(response, 200, { data: { id: 7, attributes: { email: 'ann@example.com' } } }),
    );
    await using _ = server;
    const failure = klaviyo.call(endpoints.getProfile, { id: '01A' }, connection, options);
    await expect(failure).rejects.toBeInstanceOf(KlaviyoResponseError);
    await expect(failure).rejects.toMatchObject({ cause: { message: 'data.id: invalid_type' } });
  });

  test('400 becomes a request error with code and pointer, and is not repeated', async () => {
    const body = {
      errors: [
        { code: 'invalid', detail: "'ann@' is bad", source: { pointer: '/data/attributes/email' } },
      ],
    };
    const { server, klaviyo, connection, options } = await setUp((_, response) =>
      json(response, 400, body),
    );
    await using _ = server;
    const failure = klaviyo.call(endpoints.createProfile, { attributes: {} }, connection, options);
    await expect(failure).rejects.toBeInstanceOf(KlaviyoRequestError);
    await expect(failure).rejects.toMatchObject({
      retryable: false,
      message:
        'POST /api/profiles: Klaviyo refused the request with status 400 (invalid at /data/attributes/email)',
    });
    expect(server.requests).toHaveLength(1);
  });

  test('409 names the profile that has the identifier', async () => {
    const body = { errors: [{ code: 'duplicate_profile', meta: { duplicate_profile_id: '01B' } }] };
    const { server, klaviyo, connection, options } = await setUp((_, response) =>
      json(response, 409, body),
    );
    await using _ = server;
    await expect(
      klaviyo.call(endpoints.createProfile, { attributes: {} }, connection, options),
    ).rejects.toMatchObject({ status: 409, problems: [{ duplicateProfileId: '01B' }] });
  });

  test.each([301, 302, 303, 307, 308])(
    'a redirect (%i) is not followed, as the credentials would go along, and passes',
    async (status) => {
      const elsewhere = await startHttpServer(ok);
      await using _elsewhere = elsewhere;
      const { server, klaviyo, connection, options } = await setUp(
        inTurn((_, response) => {
          response.writeHead(status, { location: `${elsewhere.url}/api/profiles/01A` }).end();
        }, ok),
      );
      await using _ = server;
      await expect(
        klaviyo.call(endpoints.getProfile, { id: '01A' }, connection, options),
      ).resolves.toMatchObject({ id: '01A' });
      expect(server.requests).toHaveLength(2);
      expect(elsewhere.requests).toHaveLength(0);
    },
  );
});

describe('a failure that passes', () => {
  test('5xx is tried again after a growing wait, three times in all', async () => {
    const { server, klaviyo, connection, options, sleptMs } = await setUp(failing(503));
    await using _ = server;
    await expect(
      klaviyo.call(endpoints.getProfile, { id: '01A' }, connection, options),
    ).rejects.toBeInstanceOf(KlaviyoServerError);
    expect(server.requests).toHaveLength(3);
    expect(sleptMs).toHaveLength(2);
    expect(sleptMs[0]).toBeGreaterThanOrEqual(250);
    expect(sleptMs[1]).toBeGreaterThanOrEqual(500);
  });

  test.each([408, 425])('%i is no fault of the request: it is tried again', async (status) => {
    const { server, klaviyo, connection, options } = await setUp(inTurn(failing(status), ok));
    await using _ = server;
    await expect(
      klaviyo.call(endpoints.getProfile, { id: '01A' }, connection, options),
    ).resolves.toMatchObject({ id: '01A' });
  });

  test('a reset connection is tried again, and counts as unanswered', async () => {
    const { server, klaviyo, connection, options, outcomes } = await setUp(
      inTurn((_, response) => void response.socket?.destroy(), ok),
    );
    await using _ = server;
    await klaviyo.call(endpoints.getProfile, { id: '01A' }, connection, options);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['unanswered', 'answered']);
  });

  test('no answer at all is a KlaviyoUnreachableError that holds no address or key', async () => {
    const { server, klaviyo, connection, options } = await setUp(ok);
    await server[Symbol.asyncDispose]();
    const failure = klaviyo.call(endpoints.getProfile, { id: '01A' }, connection, options);
    await expect(failure).rejects.toBeInstanceOf(KlaviyoUnreachableError);
    await expect(failure).rejects.toThrow('GET /api/profiles/{id}: no answer from Klaviyo');
  });

  test.each([
    ['7', 7_000, 7_000],
    ['0', 1_000, 1_000],
    [new Date(Date.now() + 9_000).toUTCString(), 4_000, 9_000],
  ])(
    '429 holds the endpoint for what Retry-After (%s) says, a second at least',
    async (retryAfter, leastMs, mostMs) => {
      const throttled: Respond = (_, response) =>
        json(response, 429, { errors: [] }, { 'ReTrY-AfTeR': String(retryAfter) });
      const { server, klaviyo, connection, options, outcomes } = await setUp(inTurn(throttled, ok));
      await using _ = server;
      await klaviyo.call(endpoints.getProfile, { id: '01A' }, connection, options);
      expect(outcomes.map(({ kind }) => kind)).toEqual(['throttled', 'answered']);
      const waitMs = outcomes[0]?.kind === 'throttled' ? outcomes[0].retryAfterMs : 0;
      expect(waitMs).toBeGreaterThanOrEqual(leastMs);
      expect(waitMs).toBeLessThanOrEqual(mostMs);
    },
  );

  test('429 over and over ends as a rate limit error with the wait', async () => {
    const { server, klaviyo, connection, options } = await setUp(
      failing(429, { 'retry-after': '7' }),
    );
    await using _ = server;
    const failure = klaviyo.call(endpoints.getProfile, { id: '01A' }, connection, options);
    await expect(failure).rejects.toBeInstanceOf(KlaviyoRateLimitError);
    await expect(failure).rejects.toMatchObject({ retryAfterMs: 7_000 });
  });

  test('a write that failed, and comes too fast when it is repeated, may still be done', async () => {
    const answers = () => inTurn(failing(503), failing(429));
    const endWith = async (
      call: (setting: Awaited<ReturnType<typeof setUp>>) => Promise<unknown>,
    ) => {
      const setting = await setUp(answers());
      await using _ = setting.server;
      return await call(setting).catch((error: unknown) => error);
    };
    const input = { listId: 'L1', profileIds: ['01A'] };
    expect(
      await endWith(({ klaviyo, connection, options }) =>
        klaviyo.call(endpoints.addProfilesToList, input, connection, options),
      ),
    ).toBeInstanceOf(KlaviyoServerError);
    expect(
      await endWith(({ klaviyo, connection, options }) =>
        klaviyo.call(endpoints.getProfile, { id: '01A' }, connection, options),
      ),
    ).toBeInstanceOf(KlaviyoRateLimitError);
  });

  test('no retry begins that could not end in time', async () => {
    const { server, klaviyo, connection } = await setUp(failing(503));
    await using _ = server;
    await expect(
      klaviyo.call(endpoints.getProfile, { id: '01A' }, connection, {
        notAfterMs: Date.now() + 200,
      }),
    ).rejects.toBeInstanceOf(KlaviyoServerError);
    expect(server.requests).toHaveLength(1);
  });

  test('the deadline of the caller ends a call that hangs', async () => {
    const { server, klaviyo, connection, options } = await setUp(() => {});
    await using _ = server;
    const signal = AbortSignal.timeout(100);
    await expect(
      klaviyo.call(endpoints.getProfile, { id: '01A' }, connection, {
        ...options,
        notAfterMs: Date.now() + 100,
        signal,
      }),
    ).rejects.toBeInstanceOf(KlaviyoUnreachableError);
  });

  test('the wait before another attempt ends with the signal of the caller, and its reason', async () => {
    const { server, connection, options } = await setUp(failing(503));
    await using _ = server;
    const controller = new AbortController();
    const reason = new Error('the batch is over');
    const klaviyo = createKlaviyoClient({
      permits: createFreePermits().permits,
      onCall: () => controller.abort(reason),
    });
    const call = klaviyo.call(endpoints.getProfile, { id: '01A' }, connection, {
      ...options,
      signal: controller.signal,
    });
    await expect(call).rejects.toBe(reason);
    expect(server.requests).toHaveLength(1);
  });

  test('a write that is not waited for any longer may still happen, and is not repeated', async () => {
    const { server, klaviyo, connection, options, sleptMs } = await setUp(() => {});
    await using _ = server;
    const write = klaviyo.call(
      endpoints.updateProfile,
      { id: '01A', attributes: { first_name: 'Ann' } },
      connection,
      { ...options, signal: AbortSignal.timeout(100) },
    );
    await expect(write).rejects.toMatchObject({
      mayStillHappen: true,
      cause: { message: 'TimeoutError' },
    });
    expect(sleptMs).toEqual([]);
  });

  test('a write whose connection is refused did not happen', async () => {
    const { server, klaviyo, connection, options, sleptMs } = await setUp(ok);
    await server[Symbol.asyncDispose]();
    const write = klaviyo.call(
      endpoints.updateProfile,
      { id: '01A', attributes: { first_name: 'Ann' } },
      connection,
      options,
    );
    await expect(write).rejects.toMatchObject({ mayStillHappen: false });
    expect(sleptMs).toHaveLength(2);
  });
});

describe('an answer without the form of Klaviyo’s', () => {
  const page = '<html>ann@example.com may not pass</html>';
  const ofStatuses = (name: string, body: string, statuses: readonly number[]) =>
    statuses.map((status) => [name, status, body] as const);

  test.each([
    ...ofStatuses('a page', page, [200, 302, 307, 400, 401, 403, 404, 405, 409, 410, 451]),
    ...ofStatuses('nothing', '', [302, 400, 401, 403, 404, 405, 410]),
    ...ofStatuses('nothing, where a profile is due,', '', [200]),
    ...ofStatuses('other JSON', '{"message":"ann@example.com is blocked"}', [200, 401, 403, 404]),
    ...ofStatuses('an empty list of errors', '{"errors":[]}', [401, 403, 404]),
  ])('%s with status %i passes by itself, and is told', async (_name, status, body) => {
    const { server, klaviyo, connection, options, records } = await setUp(
      inTurn((_, response) => {
        response.writeHead(status, { 'content-type': 'text/html; charset=x', server: 'fw/2' });
        response.end(body);
      }, ok),
    );
    await using _ = server;
    const call = klaviyo.call(endpoints.getProfile, { id: '01A' }, connection, options);
    await expect(call).resolves.toMatchObject({ id: '01A' });
    const bytes = Buffer.byteLength(body);
    expect(records.map(({ foreign }) => foreign)).toEqual([
      { status, bytes, mediaType: 'text/html', server: 'fw/2', leadsTo: undefined },
      undefined,
    ]);
  });

  // fetch takes 407 for no answer, and repeats after the first 421 itself.
  test.each([407, 421])('a page with status %i passes by itself, too', async (status) => {
    const answer: Respond = (_, response) => void response.writeHead(status).end(page);
    const { server, klaviyo, connection, options } = await setUp(inTurn(answer, answer, ok));
    await using _ = server;
    const call = klaviyo.call(endpoints.getProfile, { id: '01A' }, connection, options);
    await expect(call).resolves.toMatchObject({ id: '01A' });
  });

  test('is not taken for the success of a write', async () => {
    const { server, klaviyo, connection, options } = await setUp((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('ok');
    });
    await using _ = server;
    const input = { listId: 'L1', profileIds: ['01A'] };
    await expect(
      klaviyo.call(endpoints.addProfilesToList, input, connection, options),
    ).rejects.toMatchObject({ name: 'KlaviyoForeignAnswerError', retryable: true });
  });

  test('ends as an error that quotes none of it', async () => {
    const { server, klaviyo, connection, options } = await setUp((_, response) => {
      const location = 'https://portal.example/?for=ann@example.com';
      response.writeHead(302, { location, server: 'ann@example.com' }).end(page);
    });
    await using _ = server;
    const failure = await klaviyo
      .call(endpoints.getProfile, { id: '01A' }, connection, options)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ answer: { server: undefined, leadsTo: 'portal.example' } });
    expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain('ann@');
  });

  test('that stands for a write may hide one that was done', async () => {
    const { server, klaviyo, connection, options } = await setUp(
      inTurn((_, response) => void response.writeHead(404).end(page), failing(429)),
    );
    await using _ = server;
    const input = { listId: 'L1', profileIds: ['01A'] };
    await expect(
      klaviyo.call(endpoints.addProfilesToList, input, connection, options),
    ).rejects.toBeInstanceOf(KlaviyoForeignAnswerError);
  });

  test.each([413, 414, 431])(
    'is a refusal where it is of size (%i), whoever says so',
    async (status) => {
      const { server, klaviyo, connection, options } = await setUp((_, response) => {
        response.writeHead(status, { 'content-type': 'text/html' }).end(page);
      });
      await using _ = server;
      await expect(
        klaviyo.call(endpoints.getProfile, { id: '01A' }, connection, options),
      ).rejects.toMatchObject({ name: 'KlaviyoRequestError', status });
      expect(server.requests).toHaveLength(1);
    },
  );
});

describe('credentials', () => {
  const unauthorised = failing(401);

  test('are renewed once after a 401, and the call is made again', async () => {
    const { server, klaviyo, connection, options } = await setUp(inTurn(unauthorised, ok), {
      authorisation: async (rejected) => (rejected === undefined ? 'Bearer old' : 'Bearer new'),
    });
    await using _ = server;
    await klaviyo.call(endpoints.getProfile, { id: '01A' }, connection, options);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer old',
      'Bearer new',
    ]);
  });

  test('refused after the renewal end as an authorisation error', async () => {
    const { server, klaviyo, connection, options } = await setUp(unauthorised, {
      authorisation: async (rejected) => (rejected === undefined ? 'Bearer old' : 'Bearer new'),
    });
    await using _ = server;
    const failure = klaviyo.call(endpoints.getProfile, { id: '01A' }, connection, options);
    await expect(failure).rejects.toBeInstanceOf(KlaviyoAuthorisationError);
    expect(server.requests).toHaveLength(2);
  });

  test('are renewed once for a call, even if there are new ones again and again', async () => {
    let issued = 0;
    const { server, klaviyo, connection, options } = await setUp(unauthorised, {
      authorisation: async () => {
        issued += 1;
        if (issued > 9) throw new Error('for ever');
        return `Bearer ${issued}`;
      },
    });
    await using _ = server;
    const failure = klaviyo.call(endpoints.getProfile, { id: '01A' }, connection, options);
    await expect(failure).rejects.toBeInstanceOf(KlaviyoAuthorisationError);
    expect(server.requests).toHaveLength(2);
  });

  test('that cannot be renewed are not tried twice', async () => {
    const { server, klaviyo, connection, options } = await setUp(unauthorised);
    await using _ = server;
    await expect(
      klaviyo.call(endpoints.getProfile, { id: '01A' }, connection, options),
    ).rejects.toMatchObject({ name: 'KlaviyoAuthorisationError', status: 401 });
    expect(server.requests).toHaveLength(1);
  });

  test('without a scope are an authorisation error at once', async () => {
    const { server, klaviyo, connection, options } = await setUp(failing(403));
    await using _ = server;
    await expect(
      klaviyo.call(endpoints.getProfile, { id: '01A' }, connection, options),
    ).rejects.toMatchObject({ name: 'KlaviyoAuthorisationError', status: 403 });
  });
});

describe('pages', () => {
  const pageOf = (id: string, next: string | null) => ({
    data: [{ type: 'profile', id, attributes: {} }],
    links: { next },
  });

  test('follow links.next exactly as given, and tell the cursor to resume from', async () => {
    const { server, klaviyo, connection, options } = await setUp((request, response) => {
      const cursor = request.url.searchParams.get('page[cursor]');
      const next = `http://${request.headers.host}/api/profiles/?filter=kept&page%5Bcursor%5D=c2`;
      json(response, 200, cursor === null ? pageOf('01A', next) : pageOf('01B', null));
    });
    await using _ = server;
    const seen: unknown[] = [];
    for await (const page of klaviyo.pages(endpoints.getProfiles, {}, connection, options))
      seen.push([page.items.map(({ id }) => id), page.nextCursor]);
    expect(seen).toEqual([
      [['01A'], 'c2'],
      [['01B'], null],
    ]);
    expect(server.requests[1]?.url.search).toBe('?filter=kept&page%5Bcursor%5D=c2');
  });

  test.each([
    ['to itself', 'c1', 1],
    ['round in a circle', 'c2', 2],
  ])('that lead back %s are not followed for ever', async (_name, back, pages) => {
    const { server, klaviyo, connection, options } = await setUp((request, response) => {
      const isFirst = request.url.searchParams.get('page[cursor]') !== 'c1';
      const next = `http://${request.headers.host}/api/profiles?page%5Bcursor%5D=`;
      json(response, 200, pageOf('01A', next + (isFirst ? 'c1' : back)));
    });
    await using _ = server;
    const seen: unknown[] = [];
    const readAll = async () => {
      for await (const page of klaviyo.pages(endpoints.getProfiles, {}, connection, options)) {
        seen.push(page.items);
        if (seen.length > 9) return;
      }
    };
    await expect(readAll()).rejects.toBeInstanceOf(KlaviyoResponseError);
    expect(seen).toHaveLength(pages);
  });

  test.each(['/api/profiles?page%5Bcursor%5D=c2', 'ann@example.com'])(
    'whose link is no address are not understood, and it is not quoted: %s',
    async (next) => {
      const { server, klaviyo, connection, options } = await setUp((_, response) =>
        json(response, 200, pageOf('01A', next)),
      );
      await using _ = server;
      const failure = await klaviyo
        .pages(endpoints.getProfiles, {}, connection, options)
        .next()
        .catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(KlaviyoResponseError);
      expect(inspect(failure, { depth: 9 })).not.toContain(next);
    },
  );

  test.each(['https://evil.example/api/profiles', 'http://127.0.0.1:1/api/profiles'])(
    'never take the credentials to another host or port: %s',
    async (next) => {
      const { server, klaviyo, connection, options } = await setUp((_, response) =>
        json(response, 200, pageOf('01A', next)),
      );
      await using _ = server;
      const pages = klaviyo.pages(endpoints.getProfiles, {}, connection, options);
      await expect(pages.next()).rejects.toBeInstanceOf(KlaviyoResponseError);
    },
  );
});
