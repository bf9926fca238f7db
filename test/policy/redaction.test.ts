/**
 * Nothing personal and nothing secret in any output: canaries go through every function on every
 * path, well and badly, and then all that was written is searched for them.
 */
import { inspect } from 'node:util';
import type { Context, SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Fault } from '../../local/klaviyo/faults.ts';
import { type KlaviyoSimulator, startKlaviyoSimulator } from '../../local/klaviyo/simulator.ts';
import { createConnectionStore } from '../../shared/connections/connection-store.dynamodb.ts';
import { type Credentials, connectionSettings } from '../../shared/connections/contract.ts';
import { createCredentialsStore } from '../../shared/connections/credentials-store.secrets.ts';
import { startDynamoDB, type TestDynamoDB } from '../support/dynamodb.ts';
import {
  app,
  goToCallback,
  type OAuthStage,
  publicUrl,
  startOAuthStage,
} from '../support/oauth-stage.ts';
import { type DrainedMessage, startQueues, type TestQueues } from '../support/queues.ts';
import { startSecretsManager, type TestSecretsManager } from '../support/secrets-manager.ts';
import { contextWith, sqsEvent } from '../support/sqs-event.ts';

/** Every value that must not be seen holds this word, or these digits. */
const forbidden = /canary|15112345/i;

const phoneNumber = '+4915112345678';
const email = 'Canary.Person+x@canary-mail.example';
const clearly = { customerId: 'c-1', firstName: 'Canaryfirst', lastName: 'Canarylast' };
const customer = {
  ...clearly,
  email,
  phoneNumber,
  organization: 'Canary Inc',
  title: 'Dr. Canary',
  image: 'https://img.example/canary.png',
  location: { address1: '1 Canary Wharf', city: 'Canaryville', ip: '192.0.2.1' },
  properties: { nickname: 'canary-nick' },
};

/** What can become of a call, each in an account of its own. Klaviyo's texts quote what was sent. */
const problem = (status: number, code: string, pointer = '/data/attributes/phone_number') => ({
  kind: 'status' as const,
  status,
  body: {
    errors: [
      {
        code,
        status,
        title: `no ${email}`,
        detail: `${phoneNumber} of ${email} is not right`,
        source: { pointer },
        meta: { duplicate_profile_id: '01PROFILE' },
      },
    ],
  },
});
const faultsByOutcome: Readonly<Record<string, Fault | undefined>> = {
  fine: undefined,
  invalid: problem(400, 'invalid'),
  quoting: problem(400, 'invalid', `/data/attributes/properties/${email}`),
  'invalid-row': problem(400, 'invalid', '/data/attributes/profiles/data/0/attributes/email'),
  unauthenticated: problem(401, 'authentication_failed'),
  forbidden: problem(403, 'permission_denied'),
  missing: problem(404, 'not_found'),
  duplicate: problem(409, 'duplicate_profile'),
  throttled: { kind: 'status', status: 429, retryAfterSeconds: 30 },
  broken: { kind: 'status', status: 500, body: `<p>${email}</p>` },
  challenged: { kind: 'challenge' },
  reset: { kind: 'reset', when: 'after' },
  strange: { kind: 'status', status: 200, body: { data: { id: email, type: phoneNumber } } },
};
const outcomeNames = Object.keys(faultsByOutcome);
const accountOf = (outcome: string) => `Acc${outcomeNames.indexOf(outcome)}`;
const keyOf = (outcome: string) => `pk_canary_${outcome}`;

const person = { email, phoneNumber };
const order = {
  transactionId: 't-1',
  placedAt: '2026-11-20T10:00:00Z',
  total: 10,
  currency: 'EUR',
  customer,
  lines: [{ lineId: '1', name: 'Canary cage', quantity: 1, unitPrice: 10 }],
  billingAddress: { firstName: 'Canaryfirst', address1: '1 Canary Wharf' },
};

/** Data where a name should stand, in all the ways in which a name is told. */
const jobsWithNames = (connectionId: string): unknown[] => {
  const upsert = { connectionId, type: 'customer.upsert', customer };
  const withProperties = (properties: string) =>
    JSON.stringify({ ...upsert, customer: { ...customer, properties: {} } }).replace(
      '{}',
      properties,
    );
  return [
    { ...upsert, [email]: 1 },
    { ...upsert, customer: { ...customer, [phoneNumber]: 1 } },
    { ...upsert, customer: { ...customer, location: { [`of ${email}`]: null } } },
    { ...upsert, lists: { join: [{ [email]: 'x' }] } },
    { ...upsert, type: `customer.upsert ${email}` },
    withProperties(`{"${email}":12345678901234567890}`),
    withProperties(`{"${email}":1,"${email}":2}`),
    withProperties(`{"a":{"${phoneNumber}":{"__proto__":1}}}`),
  ];
};

/** Jobs of every type, and what producers get wrong, for one connection. */
const jobsOf = (connectionId: string): Record<'customers' | 'lists' | 'events', unknown[]> => ({
  customers: [
    { connectionId, type: 'customer.upsert', customer, lists: { join: [{ name: 'News' }] } },
    { connectionId, type: 'customer.upsert', customer: { ...customer, profileId: '01PROFILE' } },
    { connectionId, type: 'customer.upsert', customer: { ...customer, email: 'canary@@nowhere' } },
    { connectionId, type: 'customer.upsert', customer, nonsense: email },
    { connectionId, type: email, customer },
    `not JSON, by ${email}`,
    ...jobsWithNames(connectionId),
  ],
  lists: [
    ...['list.add', 'list.remove', 'list.subscribe', 'list.unsubscribe'].map((type) => ({
      connectionId,
      type,
      list: { name: 'News' },
      person,
      ...(type.endsWith('subscribe') && { channels: ['email', 'sms'] }),
    })),
    { connectionId, type: 'list.add', list: { name: 'No such list' }, person },
    { connectionId, type: 'list.add', list: { name: 'News' }, person: { email: 'canary' } },
  ],
  events: [
    { connectionId, type: 'transaction.placed', transaction: order },
    {
      connectionId,
      type: 'event.track',
      metric: 'Viewed Product',
      uniqueId: 'u-1',
      properties: { note: 'canary-note' },
      person,
    },
    { connectionId, type: 'transaction.placed', transaction: { ...order, total: 'canary' } },
  ],
});

type Handler = (event: unknown, context: Context) => Promise<unknown>;

let dynamodb: TestDynamoDB;
let secrets: TestSecretsManager;
let queues: TestQueues;
let klaviyo: KlaviyoSimulator;
const output: string[] = [];
const handlers = new Map<string, Handler>();
const deadLetterUrls: string[] = [];

const capture = () => {
  const keep = (...parts: unknown[]) => {
    output.push(parts.map((part) => (typeof part === 'string' ? part : inspect(part))).join(' '));
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(keep);
  vi.spyOn(process.stderr, 'write').mockImplementation(keep);
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const)
    vi.spyOn(console, method).mockImplementation(keep);
};

/** The functions as they are deployed, pointed at this machine by the variables the SDK honours. */
const loadHandlers = async () => {
  const newQueue = (name: string) => queues.create(name);
  const shared = {
    STAGE: 'test',
    LOG_LEVEL: 'DEBUG',
    CONNECTIONS_TABLE_NAME: await dynamodb.createTable('connections', { sortKey: true }),
    LINKS_TABLE_NAME: await dynamodb.createTable('links'),
    QUOTAS_TABLE_NAME: await dynamodb.createTable('quotas'),
    SECRET_NAME_PREFIX: 'klaviyo-bridge/test/',
    ALLOW_ANY_API_URL: 'true',
    INBOUND_QUEUE_URL: newQueue('inbound'),
    LISTS_QUEUE_URL: newQueue('lists'),
    PUBLIC_URL: publicUrl,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
    AWS_ENDPOINT_URL_SQS: queues.endpoint,
  };
  for (const name of ['customers', 'lists', 'events', 'poll'] as const) {
    const DEAD_LETTER_QUEUE_URL = newQueue(`${name}-dead-letters`);
    deadLetterUrls.push(DEAD_LETTER_QUEUE_URL);
    Object.assign(process.env, shared, {
      QUEUE_URL: name === 'lists' ? shared.LISTS_QUEUE_URL : newQueue(`${name}-jobs`),
      DEAD_LETTER_QUEUE_URL,
    });
    const { handler } = await import(`../../functions/${name}/handler.ts`);
    handlers.set(name, handler);
  }
};

/** A connection with credentials, to the account of an outcome. */
const connect = async (connectionId: string, outcome: string, credentials: Credentials) => {
  const settings = connectionSettings.parse({
    connectionId,
    status: 'connected',
    auth: credentials.kind,
    accountId: accountOf(outcome),
    apiUrl: klaviyo.url,
    poll: { startFrom: 'beginning' },
  });
  const table = { client: dynamodb.client, tableName: 'connections' };
  await createConnectionStore({ ...table, allowAnyApiUrl: true }).write(settings);
  const vault = { client: secrets.client, prefix: 'klaviyo-bridge/test/' };
  await createCredentialsStore(vault).write(connectionId, credentials);
};

const connectAll = async () => {
  for (const outcome of outcomeNames)
    await connect(outcome, outcome, { kind: 'private_key', privateKey: keyOf(outcome) });
  await connect('bad-key', 'fine', { kind: 'private_key', privateKey: 'pk\ncanary' });
  const grant = { kind: 'oauth', scope: '', refreshToken: 'refresh-canary' } as const;
  const [later, never] = [Date.now() + 3_600_000, 0];
  await connect('token-refused', 'fine', { ...grant, accessToken: 'c-canary', expiresAtMs: later });
  await connect('token-expired', 'fine', { ...grant, accessToken: 'd-canary', expiresAtMs: never });
};

/** Runs a function to its end; an error that it ends with is output too: Lambda prints it. */
const run = async (name: string, event: SQSEvent | object): Promise<void> => {
  try {
    await handlers.get(name)?.(event, contextWith(25_000));
  } catch (error) {
    output.push(inspect(error, { depth: 9 }));
  }
};

describe('canaries through the queues and the poll', () => {
  let deadLetters: DrainedMessage[];

  beforeAll(async () => {
    capture();
    [dynamodb, secrets, queues] = await Promise.all([
      startDynamoDB(),
      startSecretsManager(),
      startQueues(),
    ]);
    secrets.stored.set('klaviyo-bridge/test/oauth-app', JSON.stringify(app));
    klaviyo = await startKlaviyoSimulator({
      rateLimits: 'off',
      delays: { eventMs: 0, subscriptionMs: 0 },
      oauthApps: [{ ...app, redirectUris: [] }],
      accounts: outcomeNames.map((outcome) => ({
        id: accountOf(outcome),
        privateKeys: [{ key: keyOf(outcome) }],
        lists: [{ name: 'News' }],
        profiles: [{ attributes: { email: `other.${email}`, first_name: 'Canaryfirst' } }],
      })),
      faults: Object.entries(faultsByOutcome).flatMap(([outcome, kind]): Fault[] =>
        kind === undefined ? [] : [{ ...kind, match: { account: accountOf(outcome) } }],
      ),
    });
    await loadHandlers();
    await connectAll();
    const connectionIds = [...outcomeNames, 'bad-key', 'token-refused', 'token-expired', 'nobody'];
    await Promise.all(
      connectionIds.flatMap((connectionId) => [
        ...Object.entries(jobsOf(connectionId)).map(([name, jobs]) =>
          run(name, sqsEvent(...jobs.map((body) => ({ body, groupId: email })))),
        ),
        run('poll', { connectionId }),
        run('poll', { connectionId, profileIds: ['01PROFILE'] }),
      ]),
    );
    await run('customers', sqsEvent({ body: jobsOf('fine').customers[0], receiveCount: 49 }));
    const drained = await Promise.all(deadLetterUrls.map((url) => queues.drain(url)));
    deadLetters = drained.flat();
  }, 30_000);

  afterAll(async () => {
    vi.restoreAllMocks();
    await klaviyo?.close();
    await Promise.all(
      [dynamodb, secrets, queues].map((service) => service?.[Symbol.asyncDispose]()),
    );
  });

  test('they took every way that a job can take', () => {
    const reasons = new Set(deadLetters.map(({ attributes }) => attributes.reason));
    expect([...reasons].toSorted()).toEqual(
      expect.arrayContaining([
        'answer_not_understood',
        'invalid_json',
        'invalid_message',
        'not_authorised',
        'request_refused',
        'unknown_connection',
        'unknown_list',
      ]),
    );
    const log = output.join('\n');
    const outcomes = ['delivered', 'superseded', 'later', 'retry', 'refused'];
    expect(outcomes.filter((outcome) => !log.includes(`"outcome":"${outcome}"`))).toEqual([]);
    expect(log).toContain('NeedsAuthorisation');
    expect(log).toContain('KlaviyoUnreachableError');
  });

  test('no log line, metric or error shows any of them', () => {
    expect(output.length).toBeGreaterThan(100);
    expect(output.filter((line) => forbidden.test(line))).toEqual([]);
  });

  test('no attribute of a dead letter shows any of them, though its body is the whole job', () => {
    expect(deadLetters.some(({ body }) => forbidden.test(body))).toBe(true);
    const seen = deadLetters.flatMap(({ attributes }) => Object.values(attributes));
    expect(seen.filter((value) => forbidden.test(value ?? ''))).toEqual([]);
  });
});

describe('canaries through the pages', () => {
  let stage: OAuthStage;
  const secretValues = new Set<string>();
  let lines: readonly string[];

  /** A link's way, as far as it goes under these faults; all that it was given on the way is secret. */
  const connectOnce = async (connectionId: string, faults: readonly Fault[], extra = '') => {
    stage.klaviyo.setFaults(faults);
    const link = await stage.newConnection(connectionId);
    await stage.visit(link);
    const { left, cookies, callback } = await goToCallback(stage, link);
    for (const address of [link, String(left.headers?.location), callback])
      for (const [name, value] of new URL(address).searchParams)
        if (['ticket', 'state', 'code', 'code_challenge'].includes(name)) secretValues.add(value);
    secretValues.add(cookies[0]?.split('=')[1] ?? '');
    await stage.visit(callback + extra, { cookies });
    await stage.visit(callback + extra, { cookies });
    const stored = await stage.credentials.read(connectionId);
    if (stored?.kind === 'oauth') secretValues.add(stored.accessToken).add(stored.refreshToken);
  };

  beforeAll(async () => {
    stage = await startOAuthStage();
    const at = (endpoint: string, kind: Fault): Fault[] => [{ ...kind, match: { endpoint } }];
    const body = { error: 'invalid_client', error_description: `${app.clientSecret} ${email}` };
    await connectOnce('fine', []);
    for (const [outcome, kind] of Object.entries(faultsByOutcome).filter(
      ([name]) => name !== 'fine',
    )) {
      if (kind === undefined) continue;
      await connectOnce(`token-${outcome}`, at('POST /oauth/token', kind));
      await connectOnce(`accounts-${outcome}`, at('GET /api/accounts', kind));
    }
    await connectOnce('client', at('POST /oauth/token', { kind: 'status', status: 401, body }));
    await connectOnce('denied', [], `&error=access_denied&error_description=${email}`);
    await connectOnce('odd', [], `&error=${email}`);
    const dead = { kind: 'status', status: 400, body: { error: 'invalid_grant', detail: email } };
    await connectOnce('dead', at('POST /oauth/token', dead as Fault));
    await stage.visit(`${publicUrl}/oauth/${email}?ticket=${email}`);
    await stage.visit(`${publicUrl}/oauth/connect?ticket=${email}`, { cookies: [email] });
    stage.secrets.stored.set('klaviyo-bridge/test/connections/bad', `{"kind":"${email}"`);
    stage.dynamodb.client.destroy();
    await stage.dynamodb[Symbol.asyncDispose]();
    await stage.visit(`${publicUrl}/oauth/connect?ticket=${'A'.repeat(43)}`);
    lines = [...stage.log.lines];
  }, 30_000);
  afterAll(async () => {
    await Promise.all([stage.klaviyo.close(), stage.secrets[Symbol.asyncDispose]()]);
  });

  test('they took every way that a request can take', () => {
    const log = lines.join('\n');
    const ways = [
      'offered',
      'redirected',
      'connected',
      'consent_unknown',
      'declined',
      'refused',
      'unavailable',
      'not_set_up',
      'link_used',
      'not_found',
      'failed',
    ];
    expect(ways.filter((way) => !log.includes(`"result":"${way}"`))).toEqual([]);
  });

  test('no log line or metric shows a ticket, state, cookie, code, token or secret', () => {
    expect(secretValues.size).toBeGreaterThan(50);
    const values = [...secretValues, app.clientSecret].filter((value) => value !== '');
    expect(lines.filter((line) => values.some((value) => line.includes(value)))).toEqual([]);
    expect(lines.filter((line) => forbidden.test(line))).toEqual([]);
  });
});
