/** `bridge connections set`: only what is named changes. */

import type { ConnectionSettings } from '../../../shared/connections/contract.ts';
import { createSettingsChanges } from '../../../shared/connections/settings-changes.dynamodb.ts';
import type { Call } from '../command.ts';
import { noSuchConnection } from '../failure.ts';
import { openStage } from '../open-stage.ts';
import { requireAllowedUrl, requireReleased, tellOfRetirement } from './add-connection.ts';
import { changeSettings, type SettingChange } from './setting-changes.ts';

/** The part of the settings that was named: `throttle.share` changes all of `throttle`. */
const changedPart = (
  settings: ConnectionSettings,
  changes: readonly SettingChange[],
): Partial<ConnectionSettings> => {
  const names = new Set(changes.map(({ key }) => key.split('.')[0]));
  return Object.fromEntries(Object.entries(settings).filter(([name]) => names.has(name)));
};

export const setSettings = async ({ args, options, terminal }: Call) => {
  const connectionId = String(args[0]);
  const changes = args[1] as readonly SettingChange[];
  const stage = await openStage(options);
  const before = await stage.connections.read(connectionId);
  if (before === undefined) throw noSuchConnection(connectionId, options.stage);
  const after = changeSettings(before, changes, stage.resources.connectionDefaults);
  requireAllowedUrl(stage, after);
  requireReleased(after);
  const { set } = createSettingsChanges({
    client: stage.clients.dynamodb,
    tableName: stage.resources.connectionsTable,
  });
  const done = await set(connectionId, changedPart(after, changes));
  if (!done) throw noSuchConnection(connectionId, options.stage); // removed in between
  terminal.result(after, () =>
    terminal.line(`changed ${connectionId}: it holds everywhere within half a minute`),
  );
  if (after.revision !== before.revision) tellOfRetirement(terminal, after.revision);
};
