/** A real DynamoDB protocol in memory: dynalite on a free port, with the tables of the bridge. */
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';

/** As the data stack makes it: by it, what is withheld is listed. */
const withheldIndex = {
  IndexName: 'withheld',
  KeySchema: [{ AttributeName: 'withheldOf', KeyType: 'HASH' as const }],
  Projection: { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: ['withheld'] },
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

export const startDynamoDB = async (): Promise<TestDynamoDB> => {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new DynamoDBClient({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  return {
    client,
    endpoint,
    async createTable(name, options = {}) {
      const keys = options.sortKey ? ['pk', 'sk'] : ['pk'];
      const indexed = options.withheldIndex ? ['withheldOf'] : [];
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
          ...(options.withheldIndex && { GlobalSecondaryIndexes: [withheldIndex] }),
        }),
      );
      // dynalite answers before the table is active: its own timer of 0 ms has to run first.
      await new Promise((resolve) => setTimeout(resolve, 20));
      return name;
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
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
