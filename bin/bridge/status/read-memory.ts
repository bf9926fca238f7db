/** What is withheld, and which accounts are being forgotten, as `status` shows them. */

import { memoryKeyOf } from '../../../shared/connections/contract.ts';
import { createWithheldList } from '../../../shared/people/withheld-list.dynamodb.ts';
import type { OpenedStage } from '../open-stage.ts';
import type { Cell } from '../terminal.ts';
import type { ConnectionStatus } from './read-connections.ts';

export interface WithheldStatus {
  readonly connectionId: string;
  /** Customers whose profiles lack an identifier of theirs. */
  readonly customers: number;
}

/** Of the connections that have any. */
export const readWithheld = async (
  { clients, resources }: OpenedStage,
  connections: readonly ConnectionStatus[],
): Promise<WithheldStatus[]> => {
  const { count } = createWithheldList({
    client: clients.dynamodb,
    tableName: resources.linksTable,
  });
  const counts = connections.map(async ({ connectionId, accountId }) => {
    if (accountId === null) return { connectionId, customers: 0 };
    return { connectionId, customers: await count(memoryKeyOf({ connectionId, accountId })) };
  });
  return (await Promise.all(counts)).filter(({ customers }) => customers > 0);
};

export const withheldRow = ({ connectionId, customers }: WithheldStatus): Cell[] => [
  connectionId,
  { text: String(customers), style: 'yellow' },
];

export interface ForgettingStatus {
  readonly connectionId: string;
  readonly accountId: string;
  readonly askedAt: string;
  /** Items forgotten so far. */
  readonly forgotten: number;
}

export const readForgetting = async ({ forgetting }: OpenedStage): Promise<ForgettingStatus[]> =>
  (await forgetting.list()).map(({ memoryKey, askedAtMs, forgotten }) => {
    const [connectionId = '', accountId = ''] = memoryKey.split('/');
    return { connectionId, accountId, askedAt: new Date(askedAtMs).toISOString(), forgotten };
  });

export const forgettingRow = (one: ForgettingStatus): Cell[] => [
  one.connectionId,
  one.accountId,
  one.askedAt,
  String(one.forgotten),
];
