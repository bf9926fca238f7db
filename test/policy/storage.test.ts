/**
 * docs/storage.md against the stores: all of them write all that they can, into real tables, and
 * each attribute of each kind of item has to be there, as has its time to live.
 */
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { connectionSettings } from '../../shared/connections/contract.ts';
import { customerLink, profileLink } from '../../shared/people/contract/customer-memory.ts';
import { forgetting } from '../../shared/people/contract/forgetting.ts';
import { addressLink, publishedProfile } from '../../shared/people/contract/links.ts';
import { cachedLists, personDecisions } from '../../shared/people/contract/list-decisions.ts';
import { pollCursor } from '../../shared/people/contract/poll-cursor.ts';
import {
  connectionKeys,
  linkKeys,
  quotaKeys,
  tables,
} from '../../shared/platform/contract/tables.ts';
import { startDynamoDB } from '../support/dynamodb.ts';
import { writeEverything } from '../support/every-write.ts';
import { type RecordedWrite, recordWrites } from '../support/recorded-writes.ts';
import { kindOfKey, type StoredKind, storedKinds } from '../support/storage-page.ts';

type TableName = keyof typeof tables;

const root = join(import.meta.dirname, '../..');
const nowMs = Date.parse('2026-11-23T12:00:00Z');
let writes: readonly RecordedWrite[] = [];
let writers: ReadonlySet<string> = new Set();

beforeAll(async () => {
  Error.stackTraceLimit = 50; // from a request down to its store
  await using dynamodb = await startDynamoDB();
  await dynamodb.createTable('connections', { sortKey: true });
  await dynamodb.createTable('links', { withheldIndex: true });
  await dynamodb.createTable('quotas');
  const recorded = recordWrites(dynamodb.client);
  await writeEverything(recorded.client, nowMs);
  ({ writes, writers } = recorded);
});

const writesOf = (kind: StoredKind) =>
  writes.filter(({ table, key }) => kindOfKey(table, key) === kind);

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
    const told = storedKinds.filter((kind) => kind.table === table);
    expect(Object.fromEntries(told.map(({ name, key }) => [name, key]))).toEqual(
      Object.fromEntries(
        Object.entries(all).map(([name, key]) => [
          name,
          (typeof key === 'string' ? [key] : [key.pk, key.sk]).map(withoutHash),
        ]),
      ),
    );
  });

  test.each(storedKinds)('has the attributes of $table, $name, and no others', (kind) => {
    const written = new Set(writesOf(kind).flatMap(({ attributes }) => attributes));
    expect([...written].toSorted()).toEqual(kind.attributes);
  });

  test.each(storedKinds)('says how long $table, $name is kept', (kind) => {
    const { timeToLiveAttribute } = tables[kind.table as TableName];
    const kept = writesOf(kind).flatMap(({ values }) => values[timeToLiveAttribute]?.N ?? []);
    const expected = kind.keptMs === undefined ? [] : [String((nowMs + kind.keptMs) / 1_000)];
    expect([...new Set(kept)]).toEqual(expected);
  });

  test.each(schemas)('has all that is read of %s, %s', (table, name, schema) => {
    const kind = storedKinds.find((one) => one.table === table && one.name === name);
    expect(kind?.attributes).toEqual(expect.arrayContaining(Object.keys(schema.shape)));
  });

  test.each(storedKinds)('says whether $table, $name is personal data', ({ personalData }) => {
    expect(personalData).toMatch(/^(none|pseudonymous)/);
  });

  test('has a place for everything that was written', () => {
    expect(writes.filter(({ table, key }) => kindOfKey(table, key) === undefined)).toEqual([]);
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
