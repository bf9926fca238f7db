/** The links in DynamoDB: pairs of customer and profile, with a short lease for who writes. */
import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import {
  type AppliedCustomer,
  type CustomerLinks,
  customerLink,
  linkKeys,
} from '../contracts/links.ts';
import { type TableOptions, writeItems } from './batch-requests.ts';

/** Longer than a function runs: who holds it past this is gone. */
const leaseMs = 70_000;

export const createCustomerLinkStore = ({
  now = Date.now,
  ...table
}: TableOptions & { readonly now?: () => number }): CustomerLinks => {
  /** Updates a customer's item; undefined where the condition does not hold. */
  const update = async (
    memoryKey: string,
    customerId: string,
    expression: Pick<UpdateItemCommandInput, 'UpdateExpression' | 'ConditionExpression'>,
    values: Record<string, unknown>,
  ) => {
    try {
      const { Attributes = {} } = await table.client.send(
        new UpdateItemCommand({
          TableName: table.tableName,
          Key: marshall({ pk: linkKeys.customer(memoryKey, customerId) }),
          ReturnValues: 'ALL_NEW',
          ExpressionAttributeValues: marshall(values, { removeUndefinedValues: true }),
          ...expression,
        }),
      );
      return Attributes;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  };

  const itemOf = (key: string, item: Record<string, unknown>): Record<string, AttributeValue> =>
    marshall({ pk: key, ...item }, { removeUndefinedValues: true });

  /** The items by which lists and the poll find the customer again. */
  const saveLookups = async (memoryKey: string, customerId: string, applied: AppliedCustomer) => {
    const { profileId, ownUpdatedAt, fieldsSent, email, phoneNumber } = applied;
    const whose = { customerId, profileId };
    await writeItems(table, [
      itemOf(linkKeys.profile(memoryKey, profileId), { customerId, ownUpdatedAt, fieldsSent }),
      ...(email === undefined ? [] : [itemOf(linkKeys.email(memoryKey, email), whose)]),
      ...(phoneNumber === undefined ? [] : [itemOf(linkKeys.phone(memoryKey, phoneNumber), whose)]),
    ]);
  };

  return {
    async lease(memoryKey, customerId) {
      const owner = randomUUID();
      const item = await update(
        memoryKey,
        customerId,
        {
          UpdateExpression: 'SET leaseOwner = :owner, leaseUntilMs = :until',
          // The SDK may repeat a request whose answer was lost: then the lease is its own.
          ConditionExpression:
            'attribute_not_exists(leaseUntilMs) OR leaseUntilMs < :now OR leaseOwner = :owner',
        },
        { ':owner': owner, ':until': now() + leaseMs, ':now': now() },
      );
      return item === undefined ? undefined : { owner, link: customerLink.parse(unmarshall(item)) };
    },

    async save(memoryKey, customerId, owner, applied) {
      await saveLookups(memoryKey, customerId, applied);
      const sent = applied.fieldsSent === undefined ? '' : ', fieldsSent = :sent';
      // Past its lease a slow writer must not undo what its successor has remembered.
      await update(
        memoryKey,
        customerId,
        {
          UpdateExpression: `SET profileId = :profileId, occurredAtMs = :at, contentHash = :hash, withheld = :withheld${sent} REMOVE leaseOwner, leaseUntilMs`,
          ConditionExpression: 'leaseOwner = :owner',
        },
        {
          ':owner': owner,
          ':profileId': applied.profileId,
          ':at': applied.occurredAtMs,
          ':hash': applied.contentHash,
          ':withheld': applied.withheld,
          ':sent': applied.fieldsSent,
        },
      );
    },

    async release(memoryKey, customerId, owner, occurredAtMs) {
      const set = occurredAtMs === undefined ? '' : 'SET occurredAtMs = :at ';
      await update(
        memoryKey,
        customerId,
        {
          UpdateExpression: `${set}REMOVE leaseOwner, leaseUntilMs`,
          ConditionExpression: 'leaseOwner = :owner',
        },
        { ':owner': owner, ':at': occurredAtMs },
      );
    },
  };
};
