/**
 * A real DynamoDB protocol in memory, with the tables of the bridge: dynalite on a free port; where
 * DYNAMODB_ENDPOINT says so, a DynamoDB Local that is there already.
 */
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { withheldIndex } from '../../shared/platform/contract/tables.ts';

const globalIndex = {
  IndexName: withheldIndex.name,
  KeySchema: [{ AttributeName: withheldIndex.partitionKey, KeyType: 'HASH' as const }],
  Projection: {
    ProjectionType: 'INCLUDE' as const,
    NonKeyAttributes: [...withheldIndex.attributes],
  },
};

export interface TestDynamoDB extends AsyncDisposable {
  readonly client: DynamoDBClient;
  readonly endpoint: string;
  /** Makes a table with a string partition key `pk`, and a sort key `sk` or an index where asked for. */
  createTable(
    name: string,
    options?: { readonly sortKey?: boolean; readonly withheldIndex?: boolean },
  ): Promise<string>;
}

const startDynalite = async () => {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
};

export const startDynamoDB = async (): Promise<TestDynamoDB> => {
  const given = process.env.DYNAMODB_ENDPOINT;
  const { endpoint, stop } =
    given === undefined ? await startDynalite() : { endpoint: given, stop: async () => {} };
  // To DynamoDB Local every access key is an account of its own, with its own tables.
  const accessKeyId = randomBytes(10).toString('hex');
  const client = new DynamoDBClient({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId, secretAccessKey: 'test' },
  });
  return {
    client,
    endpoint,
    async createTable(name, options = {}) {
      const keys = options.sortKey ? ['pk', 'sk'] : ['pk'];
      const indexed = options.withheldIndex ? [withheldIndex.partitionKey] : [];
      await client.send(
        new CreateTableCommand({
          TableName: name,
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: keys.map((key, index) => ({
            AttributeName: key,
            KeyType: index === 0 ? 'HASH' : 'RANGE',
          })),
          AttributeDefinitions: [...keys, ...indexed].map((key) => ({
            AttributeName: key,
            AttributeType: 'S',
          })),
          ...(options.withheldIndex && { GlobalSecondaryIndexes: [globalIndex] }),
        }),
      );
      // dynalite answers before the table is active: its own timer of 0 ms has to run first.
      await new Promise((resolve) => setTimeout(resolve, 20));
      return name;
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await stop();
    },
  };
};

/** Sends everything twice, as the SDK does where the answer was lost; the second answer counts. */
export const repeatingClient = ({ client }: TestDynamoDB): Pick<DynamoDBClient, 'send'> =>
  ({
    send: async (command: never) => {
      await client.send(command);
      return client.send(command);
    },
  }) as unknown as Pick<DynamoDBClient, 'send'>;
