/** `bridge connections show`: all that is stored of it but its credentials. */

import { memoryKeyOf } from '../../../shared/connections/contract.ts';
import { createCursorStore } from '../../../shared/people/cursor-store.dynamodb.ts';
import type { Call } from '../command.ts';
import { noSuchConnection } from '../failure.ts';
import { openStage } from '../open-stage.ts';
import { shownTime } from '../shown-time.ts';
import { settingKeys } from './setting-changes.ts';
import { shownRevision, shownStatus } from './shown-settings.ts';

const valueAt = (settings: unknown, key: string): string => {
  const value = key
    .split('.')
    .reduce<unknown>((inner, name) => (inner as Record<string, unknown>)[name], settings);
  return value === undefined ? '-' : String(value);
};

export const showConnection = async ({ args, options, terminal }: Call) => {
  const connectionId = String(args[0]);
  const { clients, connections, resources } = await openStage(options);
  const settings = await connections.read(connectionId);
  if (settings === undefined) throw noSuchConnection(connectionId, options.stage);
  const table = { client: clients.dynamodb, tableName: resources.connectionsTable };
  const { watermarkMs } = await createCursorStore(table).read(memoryKeyOf(settings));
  const polledUntil = watermarkMs === undefined ? null : shownTime(watermarkMs);
  terminal.result({ ...settings, polledUntil }, () => {
    const now = new Date();
    terminal.table(
      ['setting', 'value'],
      [
        ['connectionId', connectionId],
        ['status', shownStatus(settings)],
        ['auth', settings.auth],
        ['accountId', settings.accountId ?? '-'],
        ...settingKeys.map((key) => [
          key,
          key === 'revision' ? shownRevision(settings.revision, now) : valueAt(settings, key),
        ]),
        ['polled until', polledUntil ?? (watermarkMs === undefined ? 'not yet' : 'off')],
      ],
    );
  });
};
