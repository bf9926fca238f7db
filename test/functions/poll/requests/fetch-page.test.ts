import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { createFetchPage } from '../../../../functions/poll/requests/fetch-page.ts';
import { bodyOf, toCustomerChanged } from '../../../../functions/poll/rules/to-customer-changed.ts';
import { createKlaviyoClient } from '../../../../shared/klaviyo/index.ts';
import { fieldsShown } from '../../../../shared/people/contract/known-fields.ts';
import { connectionOf } from '../../../support/connection.ts';
import { createFreePermits } from '../../../support/free-permits.ts';
import { json, startHttpServer } from '../../../support/http-server.ts';

const scan = {
  lowerMs: Date.parse('2026-11-23T11:58:59Z'),
  upperMs: Date.parse('2026-11-23T12:01:00Z'),
};

/** Reads a page from a server that answers with this body, or with this text of one. */
const readFrom = async (body: unknown, pageCursor?: string) => {
  await using server = await startHttpServer((_, response) => {
    if (typeof body === 'string') response.end(body);
    else json(response, 200, body);
  });
  const fetchPage = createFetchPage({
    klaviyo: createKlaviyoClient({ permits: createFreePermits().permits }),
  });
  const { klaviyo } = connectionOf({ apiUrl: server.url });
  const cursor = pageCursor === undefined ? {} : { pageCursor };
  const page = await fetchPage({ ...scan, ...cursor }, klaviyo, { notAfterMs: Date.now() + 5_000 });
  return { page, requests: server.requests };
};

test('a page is asked for by whole seconds in UTC, encoded, a hundred at a time', async () => {
  const { requests } = await readFrom({ data: [] }, 'abc==');
  expect(requests[0]?.url.search).toContain(
    'filter=greater-than%28updated%2C2026-11-23T11%3A58%3A59Z',
  );
  expect(Object.fromEntries(requests[0]?.url.searchParams ?? [])).toEqual({
    filter: 'greater-than(updated,2026-11-23T11:58:59Z),less-than(updated,2026-11-23T12:01:00Z)',
    sort: 'updated',
    'page[size]': '100',
    'page[cursor]': 'abc==',
    'additional-fields[profile]': 'subscriptions',
  });
});

test('an odd profile does not make its page unreadable', async () => {
  const { page } = await readFrom({
    data: [
      { type: 'profile', id: 'P1', attributes: { email: 7, updated: null, properties: [] } },
      { type: 'profile', id: 'P2', attributes: { email: 'ann@example.com', new_in_2027: {} } },
    ],
    links: { next: 'https://a.klaviyo.com/api/profiles?page%5Bcursor%5D=n%3D%3D' },
  });
  expect(page.profiles.map(({ id }) => id)).toEqual(['P1', 'P2']);
  expect(page.profiles[1]?.attributes).toHaveProperty('new_in_2027');
  expect(page.nextCursor).toBe('n==');
});

test('numbers that JavaScript would round reach the other system as Klaviyo wrote them', async () => {
  const properties =
    '{"card":6335150012345678901,"-":[-9007199254740993,1e400],"points":1815,"share":0.25,"note":": 6335150012345678901"}';
  const { page } = await readFrom(
    `{"data":[{"type":"profile","id":"P1","attributes":{"email":"ann@example.com","properties":${properties}}}]}`,
  );
  const [profile] = page.profiles;
  if (profile === undefined) throw new Error('no profile was read');
  const fields = fieldsShown(profile.attributes);
  const body = bodyOf(toCustomerChanged('acme', { profile, updatedMs: 0, fields }, null));
  expect(body).toContain(`"properties":${properties}`);
  const rounded = { ...profile.attributes, properties: JSON.parse(properties) };
  expect(fieldsShown(rounded)).not.toBe(fields); // two ids that round to one are two states
});

test('a next page without a cursor is not taken for the end', async () => {
  const links = { next: 'https://a.klaviyo.com/api/profiles?page=2' };
  await expect(readFrom({ data: [], links })).rejects.toThrow('carries no cursor');
});

test('a next page that is this one again is not read for ever', async () => {
  const links = { next: 'https://a.klaviyo.com/api/profiles?page%5Bcursor%5D=abc' };
  await expect(readFrom({ data: [], links }, 'abc')).rejects.toThrow('leads back');
});

test('a next page that is no address is not quoted', async () => {
  const links = { next: 'ann@example.com' };
  const failure = await readFrom({ data: [], links }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ message: expect.stringContaining('carries no cursor') });
  expect(inspect(failure, { depth: 9 })).not.toContain('ann@example.com');
});
