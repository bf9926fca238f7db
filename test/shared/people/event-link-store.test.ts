import { GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { expect, test } from 'vitest';
import { createSaveConfirmed } from '../../../shared/people/event-link-store.dynamodb.ts';
import { linkKeys } from '../../../shared/platform/contract/tables.ts';
import { startDynamoDB } from '../../support/dynamodb.ts';

const nowMs = Date.UTC(2026, 10, 23);
const daySeconds = 24 * 3_600;

test('keeps Klaviyo’s id of an event for 90 days, found by metric and unique id', async () => {
  await using dynamodb = await startDynamoDB();
  const tableName = await dynamodb.createTable('links');
  const save = createSaveConfirmed({ client: dynamodb.client, tableName, now: () => nowMs });
  await save('acme', [{ metric: 'Placed Order', uniqueId: 'T1', eventId: '4vR' }]);
  const { Item = {} } = await dynamodb.client.send(
    new GetItemCommand({
      TableName: tableName,
      Key: marshall({ pk: linkKeys.event('acme', 'Placed Order', 'T1') }),
    }),
  );
  expect(unmarshall(Item)).toMatchObject({
    eventId: '4vR',
    expiresAt: nowMs / 1_000 + 90 * daySeconds,
  });
});

test('keeps more than one request holds, and the same event once', async () => {
  await using dynamodb = await startDynamoDB();
  const tableName = await dynamodb.createTable('links');
  const save = createSaveConfirmed({ client: dynamodb.client, tableName });
  const events = Array.from({ length: 60 }, (_, n) => ({
    metric: 'Ordered Product',
    uniqueId: `T1:${n}`,
    eventId: `id-${n}`,
  }));
  await save('acme', [...events, ...events.slice(0, 3)]);
  const { Count } = await dynamodb.client.send(new ScanCommand({ TableName: tableName }));
  expect(Count).toBe(60);
});
