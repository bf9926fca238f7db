import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { expect, test } from 'vitest';
import { createFindLinkedProfiles } from '../../../shared/people/linked-profiles.dynamodb.ts';
import { linkKeys } from '../../../shared/platform/contract/tables.ts';
import { startDynamoDB, type TestDynamoDB } from '../../support/dynamodb.ts';

const link = (
  { client }: TestDynamoDB,
  connectionId: string,
  customerId: string,
  item: Record<string, unknown>,
) =>
  client.send(
    new PutItemCommand({
      TableName: 'links',
      Item: marshall({ pk: linkKeys.customer(connectionId, customerId), ...item }),
    }),
  );

test('finds the profiles of customers, more than one request holds, each asked for once', async () => {
  await using dynamodb = await startDynamoDB();
  const tableName = await dynamodb.createTable('links');
  const ids = Array.from({ length: 230 }, (_, n) => `c${n}`);
  await Promise.all(ids.map((id) => link(dynamodb, 'acme', id, { profileId: `P-${id}` })));
  const find = createFindLinkedProfiles({ client: dynamodb.client, tableName });
  expect(await find('acme', [...ids, ...ids])).toEqual(new Map(ids.map((id) => [id, `P-${id}`])));
});

test('leaves out customers without a link, of another connection, or leased and not yet linked', async () => {
  await using dynamodb = await startDynamoDB();
  const tableName = await dynamodb.createTable('links');
  await link(dynamodb, 'other', 'c1', { profileId: 'P1' });
  await link(dynamodb, 'acme', 'c2', { leaseOwner: 'somebody', leaseUntilMs: 1 });
  const find = createFindLinkedProfiles({ client: dynamodb.client, tableName });
  expect(await find('acme', ['c1', 'c2', 'c3'])).toEqual(new Map());
  expect(await find('acme', [])).toEqual(new Map());
});
