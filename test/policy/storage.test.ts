/**
 * docs/storage.md against the stores: all of them write all that they can, into real tables, and
 * each attribute of each kind of item has to be there, as has its time to live.
 */
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { createAccountStore } from '../../shared/connections/account-store.dynamodb.ts';
import { createConnectionStore } from '../../shared/connections/connection-store.dynamodb.ts';
import { connectionSettings } from '../../shared/connections/contract.ts';
import { createOAuthStateStore } from '../../shared/connections/oauth-state-store.dynamodb.ts';
import { createSettingsChanges } from '../../shared/connections/settings-changes.dynamodb.ts';
import { createTokenLeaseStore } from '../../shared/connections/token-lease-store.dynamodb.ts';
import { keptMs } from '../../shared/pacing/in-use-marker.ts';
import { createQuotaStore } from '../../shared/pacing/quota-store.dynamodb.ts';
import { customerLink, profileLink } from '../../shared/people/contract/customer-memory.ts';
import { forgetting } from '../../shared/people/contract/forgetting.ts';
import { addressLink, publishedProfile } from '../../shared/people/contract/links.ts';
import { cachedLists, personDecisions } from '../../shared/people/contract/list-decisions.ts';
import { pollCursor } from '../../shared/people/contract/poll-cursor.ts';
import { createCursorStore } from '../../shared/people/cursor-store.dynamodb.ts';
import { createCustomerMemory } from '../../shared/people/customer-memory.dynamodb.ts';
import { createDecisionStore } from '../../shared/people/decision-store.dynamodb.ts';
import { createSaveConfirmed } from '../../shared/people/event-link-store.dynamodb.ts';
import * as forgetLinks from '../../shared/people/forget-links.dynamodb.ts';
import { createForgettingStore } from '../../shared/people/forgetting-store.dynamodb.ts';
import { createListStore } from '../../shared/people/list-store.dynamodb.ts';
import * as lostLinks from '../../shared/people/lost-links.dynamodb.ts';
import { createProfileMemory } from '../../shared/people/profile-memory.dynamodb.ts';
import { createSightingStore } from '../../shared/people/sighting-store.dynamodb.ts';
import {
  connectionKeys,
  linkKeys,
  quotaKeys,
  tables,
} from '../../shared/platform/contract/tables.ts';
import { connectionOf } from '../support/connection.ts';
import { startDynamoDB, type TestDynamoDB } from '../support/dynamodb.ts';

type TableName = keyof typeof tables;

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/storage.md'), 'utf8');

interface Kind {
  readonly table: string;
  readonly name: string;
  readonly key: readonly string[];
  readonly attributes: readonly string[];
  readonly keptMs: number | undefined;
  readonly personalData: string;
}

const unitsMs: Record<string, number> = { second: 1_000, hour: 3_600_000, day: 86_400_000 };
const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, q = '']) => q);

const kindOf = (table: string, section: string): Kind => {
  const [name = '', ...lines] = section.split('\n');
  const told = (label: string) =>
    lines.find((line) => line.startsWith(`- ${label}: `))?.slice(label.length + 4) ?? '';
  const [, count, unit = ''] = /(\d+) (second|hour|day)s?\b/.exec(told('Time to live')) ?? [];
  const rows = lines.filter((line) => line.startsWith('| `'));
  return {
    table,
    name: name.trim(),
    key: quoted(told('Key').split(/[,;]/)[0] ?? ''),
    attributes: rows.flatMap((row) => quoted(row.split('|')[1] ?? '')).toSorted(),
    keptMs: count === undefined ? undefined : Number(count) * (unitsMs[unit] ?? Number.NaN),
    personalData: told('Personal data'),
  };
};

const kinds = page
  .split(/^## /m)
  .slice(1)
  .flatMap((part) => {
    const [table = '', ...sections] = part.split(/^### /m);
    return sections.map((section) => kindOf(table.split('\n')[0] ?? '', section));
  });

const documented = (table: TableName, name: string): Kind => {
  const kind = kinds.find((one) => one.table === table && one.name === name);
  if (kind === undefined) throw new Error(`docs/storage.md has no ${name} in ${table}`);
  return kind;
};

interface Write {
  /** `table name`, of the page. */
  readonly kind: string;
  readonly attributes: readonly string[];
  readonly expiresAt: number | undefined;
}

const places = kinds.map(({ table, name, key }) => {
  const pattern = (text: string) =>
    text
      .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll(/<(link|ledger)>/g, '.+')
      .replaceAll(/<[^>]+>/g, '[^#]*');
  return { table, name, key: new RegExp(`^${key.map(pattern).join(' · ')}$`) };
});

const nowMs = Date.parse('2026-11-23T12:00:00Z');
const now = () => nowMs;
const writes: Write[] = [];
/** The stores that wrote something, by file. */
const writers = new Set<string>();

type Values = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const note = (
  table: string,
  { pk, sk, ...item }: Values,
  changed: readonly string[] = [],
): void => {
  const key = [pk, sk].flatMap((part) => part?.S ?? []).join(' · ');
  const [place, ...others] = places.filter((one) => one.table === table && one.key.test(key));
  const kind = place && others.length === 0 ? `${table} ${place.name}` : `unknown: ${key}`;
  const attributes = [...Object.keys(item), ...changed];
  const { timeToLiveAttribute } = tables[table as TableName];
  const kept = item[timeToLiveAttribute]?.N;
  writes.push({ kind, attributes, expiresAt: kept === undefined ? undefined : Number(kept) });
};

/** `SET a = :a, #b = :b REMOVE c`: the attributes that it names, and the values that it gives them. */
const noteUpdate = (input: {
  readonly TableName: string;
  readonly Key: Values;
  readonly UpdateExpression: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Values;
}): void => {
  const { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} } = input;
  const [, set = '', remove = ''] =
    /^(?:SET (.*?))?\s*(?:REMOVE (.*))?$/.exec(input.UpdateExpression) ?? [];
  const sets = [...set.matchAll(/(?:^|, )(#?\w+) = ([^,(]+)/g)].map(
    ([, name = '', value = '']) => [names[name] ?? name, values[value.trim()] ?? {}] as const,
  );
  const removed = remove.split(', ').filter((name) => name !== '');
  note(input.TableName, { ...input.Key, ...Object.fromEntries(sets) }, removed);
};

const record = (input: Readonly<Record<string, never>>): void => {
  const { TableName = '', Item, UpdateExpression, RequestItems = {} } = input;
  if (Item !== undefined) note(TableName, Item);
  if (UpdateExpression !== undefined) noteUpdate(input as never);
  for (const [table, requests] of Object.entries(RequestItems))
    if (Array.isArray(requests))
      for (const { PutRequest } of requests) if (PutRequest) note(table, PutRequest.Item);
};

let dynamodb: TestDynamoDB;

const client = {
  send: ((command: { readonly input: Record<string, never> }) => {
    const before = writes.length;
    record(command.input);
    if (writes.length > before)
      for (const [, file] of new Error().stack?.matchAll(/\/(shared\/\S+\.dynamodb\.ts)/g) ?? [])
        writers.add(file ?? '');
    return dynamodb.client.send(command as never);
  }) as typeof dynamodb.client.send,
};
const at = (tableName: TableName) => ({ client, tableName, now });

const memoryKey = 'acme/AcCt01';

const writeConnections = async () => {
  const table = at('connections');
  const store = createConnectionStore({ ...table, allowAnyApiUrl: true });
  await store.write(connectionOf({ connectionId: 'acme', accountId: 'AcCt01' }).settings);
  await store.setStatus('acme', 'paused');
  await createAccountStore(table).claim('acme', 'AcCt01');
  await createSettingsChanges(table).set('acme', { confirmEvents: true });
  const lease = await createTokenLeaseStore(table).take('acme');
  await lease?.release(1);
  const states = createOAuthStateStore(table);
  await states.saveTicket('ticket', { connectionId: 'acme', expiresAtMs: nowMs });
  await states.saveConsent('state', 'cookie', {
    connectionId: 'acme',
    expiresAtMs: nowMs,
    codeVerifier: 'verifier',
    ticketExpiresAtMs: nowMs,
  });
  const cursors = createCursorStore(table);
  await cursors.begin(memoryKey, 'run', undefined, { lowerMs: 0, upperMs: 1, pageCursor: 'p' });
  await cursors.finish(memoryKey, 'run', 1);
  await createListStore(table).write(memoryKey, { readAtMs: 1, lists: [] });
};

const writeCustomers = async () => {
  const memory = createCustomerMemory(at('links'));
  const lease = await memory.leaseProfile(memoryKey, 'P1');
  await memory.saveProfile(memoryKey, 'P1', lease?.owner ?? '', {
    customers: [{ customerId: 'c1', identifiers: { email: 'hash' }, subscribe: {} }],
    foreignExternalId: true,
    fieldVersions: [],
    fieldsSent: '',
    ownUpdatedAt: '2026-11-23T12:00:00Z',
    seenAtMs: 1,
  });
  const owner = (await memory.leaseCustomer(memoryKey, 'c1', undefined)) ?? '';
  const withheld = [{ identifier: 'email', reason: 'taken', sinceMs: 1 }] as const;
  const link = { profileId: 'P1', formerProfileId: 'P0', seenAtMs: 1, withheld: [...withheld] };
  await memory.saveCustomer(memoryKey, 'c1', owner, link);
  await memory.saveWithheld(memoryKey, 'c1', 'P1', withheld);
  const addresses = { email: 'ann@example.com', phoneNumber: '+31201234567' };
  await memory.saveAddresses(memoryKey, 'c1', 'P1', addresses);
};

const writeLinks = async () => {
  const links = at('links');
  const events = [{ metric: 'Placed Order', uniqueId: 'o1', eventId: 'e1' }];
  await createSaveConfirmed(links)(memoryKey, events);
  const sighting = { seenAtMs: 1, mergedInto: 'P2' };
  await createSightingStore(links).remember(memoryKey, new Map([['P1', sighting]]));
  const profiles = createProfileMemory(links);
  const published = { profileId: 'P1', updatedMs: 1, fields: '' };
  await profiles.remember(memoryKey, [{ ...published, linked: false }]);
  const attributes = { email: 'bob@example.com', phone_number: '+31201234568' };
  await profiles.link(memoryKey, 'c2', { id: 'P2', attributes }, 'email');
  const decisions = createDecisionStore(links);
  for (const linkKey of [linkKeys.profile(memoryKey, 'P1'), linkKeys.email(memoryKey, 'a@b.nl')]) {
    await decisions.lease(new Map([[linkKeys.decisions(linkKey), []]]));
    await decisions.save(new Map([[linkKeys.decisions(linkKey), { decisions: [], told: [] }]]));
  }
  await forgetLinks.createForgetLinks(links)([linkKeys.phone(memoryKey, '+31201234567')], 'P1');
  const lost = [{ customerId: 'c1', profileId: 'P1' }];
  await lostLinks.createForgetLinks(links)(memoryKey, lost);
};

const writeForgetting = async () => {
  const names = { connectionsTable: 'connections', linksTable: 'links' };
  const store = createForgettingStore({ client, ...names, now });
  await store.ask(memoryKey);
  for (const one of await store.list()) await store.forgetPage(one);
};

const writeQuotas = async () => {
  const store = createQuotaStore(at('quotas'));
  const ledger = quotaKeys.ledger('AcCt01', 'POST /api/events');
  const item = { version: 1, state: '', expiresAtSeconds: Math.ceil((nowMs + keptMs) / 1_000) };
  for (const key of [ledger, quotaKeys.inUse(ledger)]) await store.write(key, item, undefined);
};

beforeAll(async () => {
  Error.stackTraceLimit = 50;
  dynamodb = await startDynamoDB();
  await dynamodb.createTable('connections', { sortKey: true });
  await dynamodb.createTable('links', { withheldIndex: true });
  await dynamodb.createTable('quotas');
  await writeConnections();
  await writeCustomers();
  await writeLinks();
  await writeForgetting();
  await writeQuotas();
});
afterAll(() => dynamodb[Symbol.asyncDispose]());

const link = '<connection>/<account>';
/** Each kind's key as the page has it: what is hashed cannot be read back. */
const keys: {
  readonly connections: Record<keyof typeof connectionKeys, { pk: string; sk: string }>;
  readonly links: Record<keyof typeof linkKeys, string>;
  readonly quotas: Record<keyof typeof quotaKeys, string>;
} = {
  connections: {
    settings: connectionKeys.settings('<connection>'),
    cursor: connectionKeys.cursor(link),
    lists: connectionKeys.lists(link),
    tokenLease: connectionKeys.tokenLease('<connection>'),
    ticket: connectionKeys.ticket('<ticket>'),
    consent: connectionKeys.consent('<state>'),
    forgetting: connectionKeys.forgetting(link),
  },
  links: {
    customer: linkKeys.customer(link, '<customer>'),
    profile: linkKeys.profile(link, '<profile>'),
    email: linkKeys.email(link, '<email>'),
    phone: linkKeys.phone(link, '<phone>'),
    event: linkKeys.event(link, '<metric>', '<id>'),
    seen: linkKeys.seen(link, '<profile>'),
    published: linkKeys.published(link, '<profile>'),
    decisions: linkKeys.decisions('<link>'),
  },
  quotas: {
    ledger: quotaKeys.ledger('<account>', '<endpoint>'),
    inUse: quotaKeys.inUse('<ledger>'),
  },
};
const inContract = { connections: connectionKeys, links: linkKeys, quotas: quotaKeys };
const withoutHash = (text: string): string => text.replace(/#[\w-]{43}$/, '#<hash>');

/** What reads a kind of item: every attribute that it knows is written by somebody, once. */
const schemas: readonly (readonly [TableName, string, z.ZodObject])[] = [
  ['connections', 'settings', connectionSettings],
  ['connections', 'cursor', pollCursor],
  ['connections', 'lists', cachedLists],
  ['connections', 'forgetting', forgetting],
  ['links', 'customer', customerLink],
  ['links', 'profile', profileLink],
  ['links', 'email', addressLink],
  ['links', 'phone', addressLink],
  ['links', 'published', publishedProfile],
  ['links', 'decisions', personDecisions],
];

describe('docs/storage.md', () => {
  test.each(Object.entries(keys))('has the kinds of item in %s, with their keys', (table, all) => {
    expect(Object.keys(all)).toEqual(Object.keys(inContract[table as TableName]));
    const told = kinds.filter((kind) => kind.table === table);
    expect(Object.fromEntries(told.map(({ name, key }) => [name, key]))).toEqual(
      Object.fromEntries(
        Object.entries(all).map(([name, key]) => [
          name,
          (typeof key === 'string' ? [key] : [key.pk, key.sk]).map(withoutHash),
        ]),
      ),
    );
  });

  test.each(kinds)(
    'has the attributes of $table, $name, and no others',
    ({ table, name, ...told }) => {
      const own = writes.filter(({ kind }) => kind === `${table} ${name}`);
      const written = new Set(own.flatMap(({ attributes }) => attributes));
      expect([...written].toSorted()).toEqual(told.attributes);
    },
  );

  test.each(kinds)('says how long $table, $name is kept', ({ table, name, ...told }) => {
    const own = writes.filter(({ kind }) => kind === `${table} ${name}`);
    const kept = own.flatMap(({ expiresAt }) => expiresAt ?? []);
    const expected = told.keptMs === undefined ? [] : [(nowMs + told.keptMs) / 1_000];
    expect([...new Set(kept)]).toEqual(expected);
  });

  test.each(schemas)('has all that is read of %s, %s', (table, name, schema) => {
    const { attributes } = documented(table, name);
    expect(attributes).toEqual(expect.arrayContaining(Object.keys(schema.shape)));
  });

  test.each(kinds)('says whether $table, $name is personal data', ({ personalData }) => {
    expect(personalData).toMatch(/^(none|pseudonymous)/);
  });

  test('has a place for everything that was written', () => {
    expect(writes.filter(({ kind }) => kind.startsWith('unknown'))).toEqual([]);
  });

  test('is held against every store that writes', async () => {
    const stores: string[] = [];
    for await (const file of glob('shared/*/*.dynamodb.ts', { cwd: root })) {
      const text = readFileSync(join(root, file), 'utf8');
      if (/\b(putItem|updateIf|writeItems)\(/.test(text)) stores.push(file);
    }
    expect([...writers].toSorted()).toEqual(expect.arrayContaining(stores.toSorted()));
    expect(stores.length).toBeGreaterThan(10);
  });
});
