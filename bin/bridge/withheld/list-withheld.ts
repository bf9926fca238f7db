/** `bridge withheld`: whom Klaviyo cannot reach as the source believes, and since when. */

import { memoryKeyOf } from '../../../shared/connections/contract.ts';
import {
  createWithheldList,
  type WithheldOfCustomer,
} from '../../../shared/people/withheld-list.dynamodb.ts';
import type { Call } from '../command.ts';
import { counted } from '../counted.ts';
import { noSuchConnection } from '../failure.ts';
import { openStage } from '../open-stage.ts';

export const listWithheld = async ({ args, options, terminal }: Call) => {
  const connectionId = String(args[0]);
  const { clients, connections, resources } = await openStage(options);
  const settings = await connections.read(connectionId);
  if (settings === undefined) throw noSuchConnection(connectionId, options.stage);
  const table = { client: clients.dynamodb, tableName: resources.linksTable };
  const all: WithheldOfCustomer[] = [];
  for await (const one of createWithheldList(table).list(memoryKeyOf(settings))) all.push(one);
  const rows = all
    .toSorted((a, b) => a.sinceMs - b.sinceMs)
    .map(({ customerId, identifier, reason, sinceMs }) => ({
      customerId,
      identifier,
      reason,
      since: new Date(sinceMs).toISOString(),
    }));
  terminal.result(rows, () => {
    if (rows.length === 0) return terminal.line(`nothing is withheld of ${connectionId}`);
    terminal.table(
      ['customer', 'identifier', 'reason', 'since'],
      rows.map(({ customerId, identifier, reason, since }) => [
        customerId,
        identifier,
        reason,
        since,
      ]),
    );
    terminal.note(counted(rows.length, 'identifier'));
  });
};
