/** No command is blinded by what it finds stored: random items and messages, and all that reads them. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { main } from '../../../bin/bridge/main.ts';
import { type AwsAnswers, startAwsStandIn } from '../../support/aws-stand-in.ts';

type Item = Record<string, object>;

interface StoredMessage {
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly sentAtMs: number;
}

interface Stored {
  readonly settings: Item;
  readonly cursor: Item;
  readonly ledgers: readonly Item[];
  readonly messages: readonly StoredMessage[];
}

const printed: string[] = [];

beforeEach(() => {
  printed.length = 0;
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed.push(String(text));
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** What may stand in an attribute of DynamoDB, whoever has put it there. */
const attributeValue = fc.oneof(
  fc.string().map((S) => ({ S })),
  fc.constantFrom('2026-02-31', '2098-01-01', 'http://[').map((S) => ({ S })),
  fc
    .constantFrom('0', '-1', '1e125', '9007199254740993', '12345678901234567890.5', '1e-130')
    .map((N) => ({ N })),
  fc.boolean().map((BOOL) => ({ BOOL })),
  fc.constantFrom(
    { NULL: true },
    { L: [{ NULL: true }] },
    { M: { x: { N: '1e100' } } },
    { SS: ['a'] },
    { B: 'AA==' },
  ),
);

/** An item as the bridge writes it, with some of it replaced, missing or added. */
const spoilt = (item: Item) =>
  fc
    .dictionary(
      fc.constantFrom(...Object.keys(item), 'another', 'toString'),
      fc.option(attributeValue, { nil: undefined }),
      { maxKeys: 3 },
    )
    .map((changes) =>
      Object.fromEntries(
        Object.entries({ ...item, ...changes }).filter(
          (entry): entry is [string, object] => entry[1] !== undefined,
        ),
      ),
    );

const text = (S: string) => ({ S });
const number = (N: number) => ({ N: String(N) });
const settings: Item = {
  connectionId: text('acme'),
  status: text('connected'),
  auth: text('private_key'),
  revision: text('2026-01-15'),
  apiUrl: text('https://a.klaviyo.com'),
  throttle: { M: { share: number(1) } },
  poll: { M: { enabled: { BOOL: true }, everySeconds: number(60) } },
};
const cursor: Item = { watermarkMs: number(1_790_000_000_000), leaseUntilMs: number(0) };
const ledger: Item = { s: text(`1|${Date.now().toString(36)}|5|7ps|0|0|0|0|0|0|`) };
const oddLedger = fc
  .array(fc.constantFrom('0', '-1', 'zz', 'z'.repeat(400), '', '0,zzzzzzzz,0;0,1,zz,1'), {
    minLength: 10,
    maxLength: 10,
  })
  .map((fields) => ({ s: text(['1', ...fields].join('|')) }));

const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }).filter((one) => one !== '' && one.isWellFormed()),
  fc.constantFrom(
    '1e300',
    '-1',
    'NaN',
    '253402300800000',
    '1790000000000',
    'x 1/2',
    'x 0/0',
    '\u001b[2J',
  ),
);
const job = JSON.stringify({
  type: 'customer.upsert',
  connectionId: 'acme',
  customer: { customerId: '1' },
});
const nested = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
/** By a short name, so that what fails can be read. */
const deepBodies = new Map([
  ['deep object', `{"a":${nested}}`],
  ['deep job', job.replace('"1"', `"1","properties":{"a":${nested}}`)],
]);
const message: fc.Arbitrary<StoredMessage> = fc.record({
  body: fc.oneof(fc.constant(job), fc.constantFrom(...deepBodies.keys()), fc.json(), oddText),
  attributes: fc.dictionary(
    fc.constantFrom(
      'firstSentAtMs',
      'part',
      'reason',
      'pointer',
      'errorCode',
      'operation',
      'connectionId',
      'jobType',
      'failures',
      'toString',
    ),
    oddText,
  ),
  sentAtMs: fc.constantFrom(0, 1_790_000_000_000),
});

const stored: fc.Arbitrary<Stored> = fc.record({
  settings: spoilt(settings),
  cursor: spoilt(cursor),
  ledgers: fc.array(fc.oneof(spoilt(ledger), oddLedger), { minLength: 1, maxLength: 2 }),
  messages: fc.array(message, { minLength: 1, maxLength: 5 }),
});

const toMessage = ({ body, attributes, sentAtMs }: StoredMessage, index: number) => ({
  MessageId: `${index}-00000000`,
  ReceiptHandle: String(index),
  Body: deepBodies.get(body) ?? body,
  MD5OfBody: createHash('md5')
    .update(deepBodies.get(body) ?? body)
    .digest('hex'),
  Attributes: { SentTimestamp: String(sentAtMs), MessageGroupId: 'acme' },
  MessageAttributes: Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]) => [
      name,
      { StringValue, DataType: 'String' },
    ]),
  ),
});

/** AWS with just this in it. Each queue shows its messages once, as if the rest were hidden. */
const answersOf = ({ settings, cursor, ledgers, messages }: Stored): AwsAnswers => {
  const read = new Set<string>();
  const pk = { pk: text('acme') };
  const items = {
    settings: { ...settings, ...pk, sk: text('settings') },
    cursor: { ...cursor, ...pk, sk: text('cursor') },
  };
  const names = [text('AbC123#POST /api/events'), text('acme#GET /api/profiles')];
  return {
    Scan: ({ body }) => {
      const { TableName } = JSON.parse(body);
      const Items =
        TableName === 'QuotasTableName'
          ? ledgers.map((item, index) => ({ pk: names[index], ...item }))
          : [items.cursor, items.settings];
      return { body: { Items } };
    },
    GetItem: ({ body }) => {
      const { sk } = JSON.parse(body).Key;
      return { body: { Item: items[sk?.S as keyof typeof items] } };
    },
    Query: () => ({ body: { Items: [] } }),
    ReceiveMessage: ({ body }) => {
      const { QueueUrl } = JSON.parse(body);
      const isFirst = !read.has(QueueUrl);
      read.add(QueueUrl);
      return { body: isFirst ? { Messages: messages.map(toMessage) } : {} };
    },
    GetQueueAttributes: () => ({
      body: { Attributes: { ApproximateNumberOfMessages: String(messages.length) } },
    }),
  };
};

/** What only looks ends well; what changes or sends something may have to say that it cannot. */
test.each([
  ['status', [0]],
  ['status --json', [0]],
  ['connections list', [0]],
  ['connections show acme', [0, 1]],
  ['connections pause acme', [0, 1]],
  ['connections set acme generateEvents=false', [0, 1]],
  ['dead-letters list', [0]],
  ['dead-letters list --json', [0]],
  ['dead-letters show', [0]],
  ['dead-letters show --body', [0]],
  ['dead-letters redrive', [0, 1]],
  ['dead-letters drop --all --yes', [0]],
])(
  '`bridge %s` says what is off, and does the rest',
  async (command, exitCodes) => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'set below');
    await fc.assert(
      fc.asyncProperty(stored, async (all) => {
        await using aws = await startAwsStandIn(answersOf(all));
        process.env.AWS_ENDPOINT_URL = aws.url;
        printed.length = 0;
        const exitCode = await main(['node', 'bridge', ...command.split(' ')]);
        expect(printed.join('')).not.toMatch(/\b\w*Error:|\n\s+at /);
        expect(exitCodes).toContain(exitCode);
      }),
      { numRuns: 20 },
    );
  },
  60_000,
);
