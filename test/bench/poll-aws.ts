/** DynamoDB, SQS and Secrets Manager in a process of their own, with the connections to be polled. */
import { createConnectionStore } from '../../shared/connections/connection-store.dynamodb.ts';
import { connectionSettings, secretNames } from '../../shared/connections/contract.ts';
import { createCursorStore } from '../../shared/people/cursor-store.dynamodb.ts';
import { startDynamoDB } from '../support/dynamodb.ts';
import { startQueues } from '../support/queues.ts';
import { startSecretsManager } from '../support/secrets-manager.ts';
import { type AwsAddresses, type AwsOptions, accountIdOf, keyOf } from './poll-contract.ts';

const { connections, klaviyoUrl, startFrom }: AwsOptions = JSON.parse(process.argv[2] ?? '{}');

const dynamodb = await startDynamoDB();
await dynamodb.createTable('connections', { sortKey: true });
await dynamodb.createTable('links');
await dynamodb.createTable('quotas');
const table = { client: dynamodb.client, tableName: 'connections' };
const store = createConnectionStore({ ...table, allowAnyApiUrl: true });
const cursors = createCursorStore(table);
const secrets = await startSecretsManager();
const queues = await startQueues();

for (let account = 0; account < connections; account += 1) {
  const connectionId = `shop-${account}`;
  await store.write(
    connectionSettings.parse({
      connectionId,
      status: 'connected',
      auth: 'private_key',
      accountId: accountIdOf(account),
      apiUrl: klaviyoUrl,
      poll: { startFrom: 'beginning' },
    }),
  );
  const minuteAgoMs = Math.floor(Date.now() / 1_000 - 65) * 1_000;
  if (startFrom === 'a minute ago') await cursors.advance(connectionId, undefined, minuteAgoMs);
  secrets.stored.set(
    secretNames.prefix('local') + secretNames.connection(connectionId),
    JSON.stringify({ kind: 'private_key', privateKey: keyOf(account) }),
  );
}

process.send?.({
  dynamodb: dynamodb.endpoint,
  sqs: queues.endpoint,
  secrets: secrets.endpoint,
  inboundUrl: queues.create('inbound'),
} satisfies AwsAddresses);
process.on('disconnect', () => process.exit());
