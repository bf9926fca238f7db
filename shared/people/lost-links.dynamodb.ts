/** Links to profiles that are not there any more. */
import { ConditionalCheckFailedException, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { readItems, type TableOptions } from '../platform/batch-requests.dynamodb.ts';
import { inParallel } from '../platform/in-parallel.ts';
import { linkKeys } from './contract/links.ts';

/** Fewer than the SDK's 50 connections, which other requests need as well. */
const updatesAtOnce = 20;

const owner = z.object({ customerId: z.string() });
const ownerItem = owner.partial().extend({ pk: z.string(), customers: z.array(owner).default([]) });

/** Resolves to customer ids by profile id; profiles of nobody are left out. */
export const createFindCustomers =
  (table: TableOptions) =>
  async (
    memoryKey: string,
    profileIds: readonly string[],
  ): Promise<ReadonlyMap<string, string>> => {
    const byKey = new Map(profileIds.map((id) => [linkKeys.profile(memoryKey, id), id]));
    const keys = [...byKey.keys()].map((pk) => marshall({ pk }));
    const customers = new Map<string, string>();
    for (const item of await readItems(table, keys, 'pk, customerId, customers')) {
      const { pk, customers: all, ...single } = ownerItem.parse(unmarshall(item));
      const { customerId } = all[0] ?? single;
      if (customerId !== undefined) customers.set(byKey.get(pk) ?? '', customerId);
    }
    return customers;
  };

/** Forgets links, each only while it leads to the profile that is gone: it may be a new one's by now. */
export const createForgetLinks =
  ({ client, tableName }: TableOptions) =>
  async (
    memoryKey: string,
    lost: readonly { readonly customerId: string; readonly profileId: string }[],
  ): Promise<void> => {
    await inParallel(lost, updatesAtOnce, async ({ customerId, profileId }) => {
      const update = new UpdateItemCommand({
        TableName: tableName,
        Key: marshall({ pk: linkKeys.customer(memoryKey, customerId) }),
        // What the customer has said of consent is still with the profile that is gone.
        UpdateExpression: 'SET formerProfileId = :gone REMOVE profileId, seenAtMs',
        ConditionExpression: 'profileId = :gone',
        ExpressionAttributeValues: marshall({ ':gone': profileId }),
      });
      await client.send(update).catch((error: unknown) => {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      });
    });
  };
