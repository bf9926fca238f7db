/** All quota ledgers of a stage, to be looked at: one scan of a table that holds little else. */
import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import type { Ledger } from './ledger.ts';
import { decodeLedger } from './state-codec.ts';

export interface StoredLedger {
  /** The Klaviyo account, or a connection whose account is not known yet. */
  readonly quotaScope: string;
  readonly endpoint: string;
  readonly ledger: Ledger;
}

const item = z.object({ pk: z.string(), s: z.string() });

/** Undefined for what is no ledger of this form, such as the notes beside them. */
const toStoredLedger = (raw: Record<string, AttributeValue>): StoredLedger | undefined => {
  try {
    const { pk, s } = item.parse(unmarshall(raw));
    const [quotaScope = '', endpoint = '', note] = pk.split('#');
    if (note !== undefined) return undefined;
    return { quotaScope, endpoint, ledger: decodeLedger(s) };
  } catch {
    return undefined;
  }
};

export const createListLedgers = ({
  client,
  tableName,
}: {
  readonly client: Pick<DynamoDBClient, 'send'>;
  readonly tableName: string;
}) =>
  async function* (): AsyncGenerator<StoredLedger, void, void> {
    let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new ScanCommand({
          TableName: tableName,
          ProjectionExpression: 'pk, s',
          ExclusiveStartKey,
        }),
      );
      yield* Items.map(toStoredLedger).filter((ledger) => ledger !== undefined);
      ExclusiveStartKey = LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
  };
