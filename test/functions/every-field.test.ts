/**
 * Every field of every message, through the deployed functions: each is found in what reaches
 * Klaviyo, or is one of those that are named here because they are not meant to.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { messageTypeOf, producerTypes } from '../../bin/bridge/jobs/job-types.ts';
import { documentedMessages } from '../../bin/docs/documented-messages.ts';
import { fieldsOf, type JsonSchema, toJsonSchema } from '../../bin/docs/json-schema.ts';
import { startFaultStage } from '../support/fault-stage.ts';
import { startHttpServer } from '../support/http-server.ts';

/** Read by the bridge itself, and meant for nobody else. */
const own: Readonly<Record<string, readonly string[]>> = {
  'customer.upsert': ['type', 'connectionId', 'occurredAt'],
  'list.add': ['type', 'connectionId', 'occurredAt'],
  'list.remove': ['type', 'connectionId', 'occurredAt'],
  'list.subscribe': ['type', 'connectionId', 'occurredAt'],
  'list.unsubscribe': ['type', 'connectionId', 'occurredAt'],
  'transaction.placed': ['type', 'connectionId', 'occurredAt'],
  'event.track': ['type', 'connectionId'],
};

/** By which the person is found: Klaviyo is told of the profile, or of the addresses. */
const findsThePerson: Readonly<Record<string, readonly string[]>> = {
  'list.add': ['person.customerId', 'person.email', 'person.phoneNumber'],
  'list.remove': ['person.customerId', 'person.email', 'person.phoneNumber'],
  'list.subscribe': ['person.customerId', 'person.profileId'],
  'list.unsubscribe': ['person.customerId', 'person.profileId'],
};

/** What leaves another trace than its own value. */
const traces: Readonly<Record<string, RegExp>> = {
  'customer.upsert subscribe': /bulk-create-jobs .*"consent":"SUBSCRIBED"/,
  'list.subscribe channels': /bulk-create-jobs .*"sms":\{"marketing":\{"consent":"SUBSCRIBED"/,
  'list.subscribe historicalImport': /"historical_import":true/,
  'list.unsubscribe channels': /bulk-delete-jobs .*"sms":\{"marketing":\{"consent":"UNSUBSCRIBED"/,
  // From everything: without a list.
  'list.unsubscribe scope': /bulk-delete-jobs (?!.*"relationships")/,
  'transaction.placed backfill': /Placed Order.*"backfill":true|"backfill":true.*Placed Order/,
  'event.track backfill': /"backfill":true/,
};

/**
 * The same message several times, with fields left out by name or path: who names a profile names
 * no address, a phone number goes with an event where it is all that there is, and so on.
 */
const leftOut: readonly (readonly string[])[] = [
  [],
  ['profileId'],
  ['profileId', 'email', 'externalId', 'time', 'consentedAt', 'historicalImport'],
  ['profileId', 'email', 'externalId', 'person.customerId', 'transaction.customer.customerId'],
];

/** As many as one page shows: Klaviyo's links to further ones would lead past the recorder. */
const lists = Array.from({ length: 10 }, (_, n) => ({ id: `LIST${n}x`, name: `List ${n}` }));
const idOf = (n: number) => `01${String(n).padStart(24, '0')}`;

type Body = Record<string, unknown>;

interface Making {
  /** Another one for every message. */
  readonly n: number;
  readonly variant: number;
  /** What was said, by path. */
  readonly said: Map<string, string>;
}

/** A value that no other field of any message has. */
const leaf = (path: string, { type, format, pattern = '' }: JsonSchema, { n, said }: Making) => {
  const name = path.split('.').at(-1) ?? path;
  const seconds = new Date(Date.parse('2026-11-01T00:00:00Z') + n * 3_600_000 + said.size * 1_000);
  if (name === 'connectionId') return 'acme';
  if (name === 'profileId') return idOf(n);
  if (name === 'ip') return `192.0.2.${n}`;
  if (name === 'latitude' || name === 'longitude') return said.size + n / 100;
  if (format === 'date-time') return seconds.toISOString().replace('.000', '');
  if (format === 'date') return `${1960 + n}-12-10`;
  if (pattern.startsWith('^\\+')) return `+4479111234${String(10 + n)}`;
  if (pattern.includes('@')) return `person${n}@example.com`;
  if (pattern === '^[A-Z]{3}$') return n % 2 === 0 ? 'GBP' : 'SEK';
  if (type === 'number') return 1_000 * said.size + n;
  if (type === 'boolean') return true;
  return `${path} of ${n}`;
};

/** A list by its id or by its name, which leads to the id. */
const makeList = (path: string, { n, variant, said }: Making) => {
  const { id, name } = lists[(path.includes('leave') ? n + 1 : n) % lists.length] ?? {};
  const by = variant === 1 ? { name } : { id };
  said.set(`${path}.${Object.keys(by)[0]}`, id ?? '');
  return by;
};

const make = (schema: JsonSchema, path: string, making: Making): unknown => {
  if (/^(list|lists\.(join|leave)\[\])$/.test(path)) return makeList(path, making);
  const forms = (schema.properties ? [schema] : (schema.anyOf ?? [schema])).filter(
    ({ type }) => type !== 'null',
  );
  const form = forms[making.variant % forms.length] ?? {};
  if (form.const !== undefined) return form.const;
  if (form.enum !== undefined) return form.enum.at(-1);
  if (form.properties !== undefined)
    return Object.fromEntries(
      Object.entries(form.properties)
        .map(([name, inner]) => ({ name, inner, at: path === '' ? name : `${path}.${name}` }))
        .filter(
          ({ name, at }) => !leftOut[making.variant]?.some((one) => one === name || one === at),
        )
        .map(({ name, inner, at }) => [name, make(inner, at, making)]),
    );
  if (form.type === 'array')
    return form.items?.enum ?? [make(form.items ?? {}, `${path}[]`, making)];
  if (form.type === 'object') {
    making.said.set(path, `${path} of ${making.n}`);
    return { own: `${path} of ${making.n}` };
  }
  const value = leaf(path, form, making);
  making.said.set(path, String(value));
  return value;
};

/** Passes everything on, and keeps what changes something. */
const startRecorder = async (klaviyoUrl: string) => {
  const writes: string[] = [];
  const server = await startHttpServer(async ({ method, url, headers, body }, response) => {
    const target = new URL(url.pathname + url.search, klaviyoUrl);
    const { host, connection, 'content-length': _, ...passed } = headers;
    const answer = await fetch(target, {
      method,
      headers: passed as Record<string, string>,
      ...(method === 'GET' ? {} : { body }),
    });
    if (method !== 'GET') writes.push(`${url.pathname} ${body}`);
    const {
      'content-encoding': __,
      'content-length': ___,
      ...shown
    } = Object.fromEntries(answer.headers);
    response.writeHead(answer.status, shown);
    response.end(await answer.text());
  });
  return { server, writes };
};

const messages = documentedMessages
  .filter(({ type }) => producerTypes.includes(type))
  .flatMap((message, index) =>
    leftOut.map((_, variant) => {
      const making: Making = { n: leftOut.length * index + variant, variant, said: new Map() };
      const { occurredAt, ...body } = make(toJsonSchema(message), '', making) as Body;
      // Said now: later than the consents that Klaviyo has from the beginning.
      const isOptOut = message.type === 'list.unsubscribe';
      return { ...message, ...making, body: isOptOut ? body : { ...body, occurredAt } };
    }),
  );

/** The fields of a type that hold no others. */
const leavesOf = (type: string): string[] => {
  const message = documentedMessages.find((one) => one.type === type);
  if (message === undefined) return [];
  const paths = [...new Set(fieldsOf(toJsonSchema(message)).map(({ path }) => path))];
  return paths.filter(
    (path) => !paths.some((other) => other.startsWith(`${path}.`) || other.startsWith(`${path}[]`)),
  );
};

/** A number is found as one of its own, not inside another. */
const isIn = (value: string, write: string): boolean =>
  /^[1-9]\d*(\.\d+)?$/.test(value)
    ? new RegExp(`[:[]${value}[,}\\]]`).test(write)
    : write.includes(value);

const notFound = (type: string, writes: readonly string[]): string[] =>
  leavesOf(type).filter((path) => {
    if (own[type]?.includes(path) || findsThePerson[type]?.includes(path)) return false;
    const trace = traces[`${type} ${path}`];
    const values = messages
      .filter((message) => message.type === type)
      .flatMap(({ said }) => said.get(path) ?? said.get(`${path}[]`) ?? []);
    return !writes.some((write) =>
      trace === undefined ? values.some((value) => isIn(value, write)) : trace.test(write),
    );
  });

test('every field of every message reaches Klaviyo', async () => {
  let recorder: Awaited<ReturnType<typeof startRecorder>> | undefined;
  await using stage = await startFaultStage({
    shops: ['other', 'acme'],
    timeoutSeconds: 30,
    maxConcurrency: 3,
    before: async (klaviyoUrl) => {
      recorder = await startRecorder(klaviyoUrl);
      return recorder.server.url;
    },
  });
  await using _ = recorder?.server ?? { [Symbol.asyncDispose]: async () => {} };
  const account = stage.klaviyo.account('acme');
  account.seedLists(lists);
  account.seedProfiles(
    messages.map(({ type, n }) => ({
      id: idOf(n),
      ...(type.startsWith('list.')
        ? {
            attributes: {
              email: `person${n}@example.com`,
              phone_number: `+4479111234${String(10 + n)}`,
            },
            ...(/remove|unsubscribe/.test(type) && {
              lists: [lists[n % lists.length]?.id ?? ''],
              subscribed: ['email', 'sms'] as const,
            }),
          }
        : { attributes: {} }),
    })),
  );
  for (const { type, body } of messages) {
    const queue = messageTypeOf(type)?.queue ?? '';
    const name = `${queue[0]?.toUpperCase()}${queue.slice(1)}QueueUrl`;
    const send = { QueueUrl: stage.outputs[name], MessageGroupId: 'acme' };
    await stage.sqs.send(new SendMessageCommand({ ...send, MessageBody: JSON.stringify(body) }));
  }
  const missing = () =>
    producerTypes.flatMap((type) =>
      notFound(type, recorder?.writes ?? []).map((path) => `${type} ${path}`),
    );
  const untilMs = Date.now() + 120_000;
  while (missing().length > 0 && Date.now() < untilMs) await sleep(500);
  expect(missing()).toEqual([]);
}, 240_000);

test('the exceptions are fields that there are', () => {
  for (const named of [own, findsThePerson])
    for (const [type, paths] of Object.entries(named))
      expect(leavesOf(type)).toEqual(expect.arrayContaining([...paths]));
  for (const key of Object.keys(traces)) {
    const [type = '', path = ''] = key.split(' ');
    expect(leavesOf(type)).toContain(path);
  }
});
